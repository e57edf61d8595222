import { createReadStream, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SourceError } from '../../src/errors.js';
import { silentLogger } from '../../src/logger.js';
import { createSourceFactory } from '../../src/source/source-factory.js';
import { makeClip } from '../fixtures/make.js';
import { freePort } from '../support/free-port.js';
import { publish } from '../support/publish.js';
import type { Publisher } from '../support/publish.js';
import { openSource, openingError, readSource } from '../support/read-source.js';
import { RtspServer } from '../support/rtsp-server.js';
import { serveWeb } from '../support/web-server.js';

const live = { codedWidth: 320, codedHeight: 180, live: true, pacing: 'arrival' };
const upright = 'red green blue white';
const closers: (() => unknown)[] = [];
let clip: string;

beforeAll(async () => {
  clip = await makeClip({ container: 'ts', seconds: 2, gop: 15 });
});

afterEach(async () => {
  // One of them may bring another while it is waited for.
  while (closers.length > 0) await closers.pop()?.();
});

function published(...args: Parameters<typeof publish>): Publisher {
  const publisher = publish(...args);
  closers.push(() => publisher.stop());
  return publisher;
}

async function rtspServer(...args: Parameters<typeof RtspServer.start>): Promise<RtspServer> {
  const server = await RtspServer.start(...args);
  closers.push(() => server.close());
  return server;
}

async function web(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Awaited<ReturnType<typeof serveWeb>>> {
  const server = await serveWeb(answer);
  closers.push(() => server.close());
  return server;
}

/** An MP4 file with its index further from its start than FFmpeg buffers. */
function indexAtEnd(mp4: Buffer): Buffer {
  const start = mp4.indexOf('mdat') - 4;
  const length = mp4.readUInt32BE(start);
  const end = start + length;
  const padding = Buffer.alloc(4_000_000);
  const file = Buffer.concat([mp4.subarray(0, end), padding, mp4.subarray(end)]);
  file.writeUInt32BE(length + padding.length, start);
  return file;
}

describe('RTSP', () => {
  it('plays over TCP by default', async () => {
    const server = await rtspServer(clip);
    const { info, frames } = await readSource(server.url(), { limit: 20 });
    expect(info).toMatchObject(live);
    expect(frames[0]?.colors).toBe(upright);
    expect(server.transports).toHaveLength(1);
    expect(server.transports[0]).toContain('RTP/AVP/TCP');
    const times = frames.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  it('lets inputOptions choose UDP', async () => {
    const server = await rtspServer(clip);
    const error = await openingError(server.url(), { inputOptions: { rtsp_transport: 'udp' } });
    expect(error).toBeInstanceOf(SourceError);
    expect(server.transports[0]).toMatch(/UDP|RTP\/AVP;/);
  });

  it('gives user and password, and shows neither', async () => {
    const server = await rtspServer(clip, { credentials: 'user:secret' });
    const factory = createSourceFactory(server.url('/live', 'user:secret@'), {
      logger: silentLogger,
    });
    expect(factory.label).toBe(server.url());
    await expect(
      readSource(server.url('/live', 'user:secret@'), { limit: 1 }),
    ).resolves.toBeDefined();
    const error = await openingError(server.url('/live', 'user:wrong@'));
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(String(error)).not.toContain('wrong');
  });

  it('says that the path is unknown', async () => {
    const server = await rtspServer(clip);
    const error = await openingError(server.url('/nothing'));
    expect(error).toMatchObject({ code: 'source-not-found', retryable: true });
  });

  it('notices a camera that falls silent', async () => {
    const server = await rtspServer(clip, { silentAfter: 40 });
    const reading = readSource(server.url(), { readTimeoutMs: 700 });
    await expect(reading).rejects.toMatchObject({ code: 'timed-out', retryable: true });
  });

  it('ends when the camera hangs up', async () => {
    const server = await rtspServer(clip);
    const source = await openSource(server.url());
    closers.push(() => source.stop());
    await server.close();
    const drained = async (): Promise<null> => {
      for (let frame = await source.read(); frame !== null; frame = await source.read())
        frame.close();
      return null;
    };
    const outcome = await drained().catch((error: unknown) => error);
    if (outcome !== null) expect(outcome).toMatchObject({ retryable: true });
  });

  it('stops at once while it waits for a picture', async () => {
    const server = await rtspServer(clip, { silentAfter: 40 });
    const source = await openSource(server.url());
    const drain = async (): Promise<void> => {
      for (let frame = await source.read(); frame !== null; frame = await source.read())
        frame.close();
    };
    const drained = drain();
    await expect.poll(() => server.methods).toContain('PLAY');
    await source.stop();
    await drained;
  });

  it('takes a camera that pushes', async () => {
    const url = `rtsp://127.0.0.1:${await freePort()}/live`;
    const reading = readSource(url, { inputOptions: { rtsp_flags: 'listen' }, limit: 10 });
    const pushing = setInterval(() => published(clip, url, 'rtsp', { rtsp_transport: 'tcp' }), 500);
    closers.push(() => clearInterval(pushing));
    expect((await reading).info).toMatchObject(live);
  });
});

describe('SRT, RTMP and MPEG-TS', () => {
  it('calls an SRT sender', async () => {
    const url = `srt://127.0.0.1:${await freePort()}`;
    published(clip, `${url}?mode=listener`, 'mpegts');
    const { info, frames } = await readSource(url, { limit: 20 });
    expect(info).toMatchObject({ ...live, framerate: 30 });
    expect(frames[0]?.colors).toBe(upright);
  });

  it('waits for an SRT sender to call', async () => {
    const url = `srt://127.0.0.1:${await freePort()}`;
    // The wait is longer than the time-out: a listener has none.
    const reading = readSource(`${url}?mode=listener`, { limit: 20, openTimeoutMs: 1 });
    published(clip, url, 'mpegts');
    expect((await reading).info).toMatchObject(live);
  });

  it('plays RTMP', async () => {
    const url = `rtmp://127.0.0.1:${await freePort()}/live/stream`;
    published(clip, `[f=flv:listen=1]${url}`, 'tee');
    let result: Awaited<ReturnType<typeof readSource>> | undefined;
    await expect
      .poll(async () => (result ??= await readSource(url, { limit: 20 }).catch(() => undefined)), {
        timeout: 15_000,
      })
      .toBeDefined();
    expect(result?.info).toMatchObject(live);
    expect(result?.frames[0]?.colors).toBe(upright);
  });

  it('takes an RTMP sender that pushes', async () => {
    const url = `rtmp://127.0.0.1:${await freePort()}/live/stream`;
    const reading = readSource(url, { inputOptions: { listen: 1 }, limit: 20 });
    const pushing = setInterval(() => published(clip, url, 'flv'), 500);
    closers.push(() => clearInterval(pushing));
    expect((await reading).info).toMatchObject(live);
  });

  it('waits for the picture of a sender that starts with sound', async () => {
    const late = await makeClip({ container: 'flv', seconds: 3, startMs: 1500, audio: true });
    const url = `rtmp://127.0.0.1:${await freePort()}/live/stream`;
    const reading = readSource(url, { inputOptions: { listen: 1 }, limit: 5 });
    const pushing = setInterval(() => published(late, url, 'flv'), 500);
    closers.push(() => clearInterval(pushing));
    expect((await reading).frames[0]).toMatchObject({ number: 0, colors: upright });
  });

  it('receives MPEG-TS over UDP', async () => {
    const url = `udp://127.0.0.1:${await freePort()}`;
    const reading = readSource(url, { limit: 20 });
    published(clip, url, 'mpegts');
    expect((await reading).info).toMatchObject(live);
  });
});

describe('HTTP', () => {
  it('plays a file', async () => {
    const file = await makeClip({ audio: true });
    const server = await web((_, response) => {
      response.writeHead(200, { 'content-length': statSync(file).size });
      createReadStream(file).pipe(response);
    });
    const { info, frames } = await readSource(`${server.origin}/clip.mp4`);
    expect(info).toMatchObject({ live: false, pacing: 'timestamp', framerate: 30 });
    expect(frames).toHaveLength(30);
  });

  it('goes on where a download broke off', async () => {
    const bytes = readFileSync(await makeClip({ container: 'ts', seconds: 4, gop: 15 }));
    let requests = 0;
    const server = await web((request, response) => {
      const from = Number(/bytes=(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(206, {
        'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
        'content-length': bytes.length - from,
      });
      requests += 1;
      if (requests > 1) return response.end(bytes.subarray(from));
      response.write(bytes.subarray(from, from + 20_000), () => response.destroy());
    });
    const { frames } = await readSource(`${server.origin}/clip.ts`);
    expect(frames).toHaveLength(120);
  });

  it('plays a stream of unknown length as it comes', async () => {
    const bytes = readFileSync(clip);
    const server = await web((_, response) => {
      response.writeHead(200, { 'content-type': 'video/mp2t', 'accept-ranges': 'none' });
      response.end(bytes);
    });
    const { info, frames } = await readSource(`${server.origin}/live.ts`, { limit: 60 });
    expect(info).toMatchObject({ live: true, pacing: 'auto' });
    expect(frames).toHaveLength(60);
  });

  it('plays the JPEGs of a web camera as they come', async () => {
    const jpeg = await sharp({
      create: { width: 320, height: 180, channels: 3, background: 'red' },
    })
      .jpeg()
      .toBuffer();
    const server = await web((_, response) => {
      response.setHeader('content-type', 'multipart/x-mixed-replace; boundary=frame');
      const timer = setInterval(() => {
        response.write(
          `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`,
        );
        response.write(jpeg);
        response.write('\r\n');
      }, 10);
      response.once('close', () => clearInterval(timer));
    });
    const { info, frames } = await readSource(`${server.origin}/camera`, { limit: 60 });
    expect(info).toEqual({
      ...live,
      framerate: null,
      encoded: null,
      whyNotEncoded: 'its packets carry no times',
      audio: null,
    });
    const times = frames.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    // By FFmpeg's count of 25 per second this would be 2.36 s.
    expect((times.at(-1) ?? 0) / 1e6).toBeLessThan(2);
    expect(frames[0]?.colors).toBe('red red red red');
  });

  it('plays recorded HLS to its end', async () => {
    const playlist = await makeClip({ container: 'hls', seconds: 3, audio: true });
    const server = await web(filesOf(path.dirname(playlist)));
    const { info, frames } = await readSource(`${server.origin}/${path.basename(playlist)}`);
    expect(info).toMatchObject({ live: false, pacing: 'timestamp' });
    expect(frames.map(({ number }) => number)).toEqual(Array.from({ length: 90 }, (_, i) => i));
  });

  it('plays live HLS by its time stamps', async () => {
    const playlist = await makeClip({ container: 'hls', seconds: 4 });
    const endless = readFileSync(playlist, 'utf8')
      .replace('#EXT-X-ENDLIST', '')
      .replace('#EXT-X-PLAYLIST-TYPE:VOD', '');
    const files = filesOf(path.dirname(playlist));
    const server = await web((request, response) => {
      if (request.url?.endsWith('.m3u8')) response.end(endless);
      else files(request, response);
    });
    const { info, frames } = await readSource(`${server.origin}/live.m3u8`, { limit: 20 });
    expect(info).toMatchObject({ live: true, pacing: 'timestamp' });
    expect(frames).toHaveLength(20);
  });

  it.each([
    [401, 'unauthorized', false],
    [403, 'unauthorized', false],
    [404, 'source-not-found', true],
    [503, 'source-failed', true],
  ])('says in one line what %s means', async (status, code, retryable) => {
    const server = await web((_, response) => response.writeHead(status).end());
    const error = await openingError(`${server.origin}/clip.mp4?token=s3cret`);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ code, retryable });
    expect((error as Error).message).toMatch(/^[^\n]+\?token=\*\*\* [^\n]+$/);
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  it('says how to rewrite a file that its server cannot seek in', async () => {
    const file = indexAtEnd(readFileSync(await makeClip({ seconds: 0.5 })));
    const { origin } = await web((_, response) => response.end(file));
    const error = await openingError(`${origin}/clip.mp4`);
    expect(error).toMatchObject({
      code: 'source-unreadable',
      message: expect.stringMatching(/cannot seek: .*-movflags \+faststart/) as string,
    });
  });

  it('notices a server that is not encrypted', async () => {
    const { origin } = await web((_, response) => response.end());
    const error = await openingError(`${origin.replace('http', 'https')}/clip.mp4`);
    expect((error as Error).message).toMatch(/is it http:\/\/\?$/);
  });

  it('says that a page is no video', async () => {
    const server = await web((_, response) => {
      response.setHeader('content-type', 'text/html').end('<p>'.repeat(500));
    });
    const error = await openingError(server.origin + '/');
    expect(error).toMatchObject({ code: 'source-unreadable', retryable: true });
  });
});

function filesOf(directory: string): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const file = path.join(directory, path.basename(request.url ?? ''));
    createReadStream(file)
      .on('error', () => response.writeHead(404).end())
      .pipe(response);
  };
}
