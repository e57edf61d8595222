import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createServer } from '../../src/index.js';
import type { FrameTransform, Server, ServerOptions } from '../../src/index.js';
import { makeClip } from '../fixtures/make.js';
import { postOffer, WeriftViewer } from '../support/werift-viewer.js';
import type { WeriftViewerOptions } from '../support/werift-viewer.js';

let data: string;

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'framegear-test-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

async function serve(options: ServerOptions): Promise<Server> {
  const server = await createServer({
    customDataLocation: data,
    source: 'testsrc=size=320x180',
    bitrate: 500_000,
    ...options,
  });
  await server.listen({ port: 0 });
  return server;
}

function watch(server: Server, options?: WeriftViewerOptions): Promise<WeriftViewer> {
  return WeriftViewer.connect(postOffer(`${server.url}offer`), { timeoutMs: 20_000, ...options });
}

const stream = (server: Server) => [...server.streams.values()][0]!;

describe.each([0, 2])('a server with %i workers', (workers) => {
  it('shows and tells its viewers the same', async () => {
    const transform: FrameTransform = {
      transform: (frame, context) => {
        if (context.frameNumber === 30) context.send({ frame: 30 });
        return frame;
      },
    };
    await using server = await serve({ workers, transforms: [transform] });
    await using first = await watch(server, { dataChannel: 'any' });
    await using second = await watch(server, { dataChannel: 'any', codecs: ['h264'] });
    await Promise.all([first.waitForFrames(15), second.waitForFrames(15)]);
    expect([first.brokenFrames, first.lost, second.brokenFrames, second.lost]).toEqual([
      0, 0, 0, 0,
    ]);
    const codecs = stream(server)
      .stats()
      .renditions.map(({ codec, viewers }) => [codec, viewers]);
    expect(codecs.sort()).toEqual([
      ['h264', 1],
      ['vp8', 1],
    ]);
    await vi.waitFor(() => {
      expect(first.messages).toContainEqual({ type: 'message', data: { frame: 30 } });
      expect(first.messages).toContainEqual({ type: 'status', state: 'live' });
      expect(second.messages).toContainEqual(expect.objectContaining({ type: 'renditions' }));
    }, 10_000);
    await vi.waitFor(() => {
      for (const session of server.sessions) {
        expect(session.connectionState).toBe('connected');
        expect(session.stats().framesSent).toBeGreaterThan(10);
        expect(session.rendition?.level).toBe('full');
      }
    }, 5000);
  });

  it('lets a viewer choose its quality', async () => {
    await using server = await serve({ workers, source: 'testsrc=size=640x360' });
    await using viewer = await watch(server, { dataChannel: 'any' });
    await viewer.waitForFrames(5);
    await viewer.waitFor(() => viewer.channelOpen, 'channel');
    viewer.sendMessage({ type: 'quality', quality: 'low' });
    const levels = (): unknown[] => [...server.sessions].map(({ rendition }) => rendition?.level);
    await vi.waitFor(() => expect(levels()).not.toEqual(['full']), 10_000);
    await vi.waitFor(() => {
      expect(
        stream(server)
          .stats()
          .renditions.map(({ level }) => level),
      ).toEqual(levels());
    }, 5000);
    const { frames } = viewer;
    await viewer.waitForFrames(frames + 10);
    expect(viewer.brokenFrames).toBe(0);
  });

  it('refuses more than maxViewers with 503, and says when to come back', async () => {
    await using server = await serve({ workers, maxViewers: 1 });
    const viewer = await watch(server);
    await vi.waitFor(() => expect([...server.sessions].map(({ heard }) => heard)).toEqual([true]));
    const offer = { type: 'offer', sdp: viewer.pc.localDescription?.sdp };
    const response = await fetch(`${server.url}offer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(offer),
    });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await response.json()).toMatchObject({ error: { code: 'too-many-viewers' } });
    await viewer.close();
    await vi.waitFor(() => expect(server.sessions.size).toBe(0), 5000);
    await using next = await watch(server);
    await next.waitForFrames(3);
  });

  it('passes a file on, and closes with a goodbye', async () => {
    const server = await serve({ workers, source: await makeClip(), loop: true });
    await using viewer = await watch(server, { codecs: ['h264'] });
    await viewer.waitForFrames(20);
    expect(viewer.brokenFrames).toBe(0);
    await server.close();
    await viewer.waitFor(() => viewer.ended, 'goodbye');
    expect(server.sessions.size).toBe(0);
  });
});
