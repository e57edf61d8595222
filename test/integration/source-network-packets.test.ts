import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { makeClip } from '../fixtures/make.js';
import { freePort } from '../support/free-port.js';
import { RtspServer } from '../support/rtsp-server.js';
import { readItems } from '../support/source-items.js';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A datagram of MPEG-TS is seven of its packets. */
const datagramBytes = 7 * 188;

/** Sends MPEG-TS over and over from somewhere within a group of pictures, as a camera does that was on before. */
async function sendFromTheMiddle(file: string, seconds: number): Promise<string> {
  const bytes = readFileSync(file);
  const port = await freePort();
  const socket = createSocket('udp4');
  closers.push(() => void socket.close());
  const step = Math.max(1, Math.round((seconds * 1000 * datagramBytes) / bytes.byteLength));
  let at = Math.floor(bytes.byteLength / 4 / 188) * 188;
  const timer = setInterval(() => {
    socket.send(bytes.subarray(at, at + datagramBytes), port, '127.0.0.1');
    at = at + datagramBytes < bytes.byteLength ? at + datagramBytes : 0;
  }, step);
  closers.push(() => clearInterval(timer));
  return `udp://127.0.0.1:${port}`;
}

describe('packets of a live source go out as they are', () => {
  it('of a camera that gives its first ones no times', async () => {
    const clip = await makeClip({ container: 'ts', seconds: 2, gop: 15, profile: 'baseline' });
    const server = await RtspServer.start(clip);
    closers.push(() => server.close());
    const { info, chunks } = await readItems(server.url(), { chunks: true }, { limit: 30 });
    expect(info.encoded).toMatchObject({ codec: 'h264', codedWidth: 320, codedHeight: 180 });
    expect(chunks).toHaveLength(30);
    expect(chunks[0]?.type).toBe('key');
    const times = chunks.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  it('of one that was joined in the middle of a group of pictures', async () => {
    const seconds = 4;
    const clip = await makeClip({ container: 'ts', seconds, gop: 60, profile: 'baseline' });
    const url = await sendFromTheMiddle(clip, seconds);
    const { info, chunks } = await readItems(url, { chunks: true }, { limit: 10 });
    expect(info.encoded).toMatchObject({ codec: 'h264', codedWidth: 320, codedHeight: 180 });
    expect(info.whyNotEncoded).toBeUndefined();
    expect(chunks[0]?.type).toBe('key');
  });

  it('but not where they are out of order', async () => {
    const seconds = 4;
    const clip = await makeClip({ container: 'ts', seconds, gop: 60, bFrames: 2 });
    const url = await sendFromTheMiddle(clip, seconds);
    const { info, frames } = await readItems(url, { frames: true }, { limit: 20 });
    expect(info.encoded).toBeNull();
    expect(info.whyNotEncoded).toContain('B-frames');
    expect(frames).toHaveLength(20);
  });
});
