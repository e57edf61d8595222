import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express from 'express';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createServer, resize, VideoFrame } from '../../src/index.js';
import type { FrameSource, Server, ServerOptions } from '../../src/index.js';
import { makeClip } from '../fixtures/make.js';
import { fixtureOffer } from '../support/offers.js';
import { postOffer, WeriftViewer } from '../support/werift-viewer.js';
import type { WeriftViewerOptions } from '../support/werift-viewer.js';

let data: string;

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'framegear-test-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

const small = { source: 'testsrc=size=320x180', bitrate: 500_000 };

async function serve(options: ServerOptions = small): Promise<Server> {
  const server = await createServer({ customDataLocation: data, ...options });
  await server.listen({ port: 0 });
  return server;
}

function watch(server: Server, options?: WeriftViewerOptions): Promise<WeriftViewer> {
  return WeriftViewer.connect(postOffer(`${server.url}offer`), options);
}

const stream = (server: Server) => [...server.streams.values()][0]!;

/** Gray pictures, 50 a second by their time stamps, whose calls are counted. */
class CountingSource implements FrameSource {
  starts = 0;
  reads = 0;
  stops = 0;
  end = Infinity;

  start(): void {
    this.starts += 1;
  }

  read(): VideoFrame | null {
    if (this.reads >= this.end) return null;
    this.reads += 1;
    const size = { codedWidth: 160, codedHeight: 96, format: 'GRAY8' } as const;
    const pixels = Buffer.alloc(160 * 96, this.reads % 256);
    return VideoFrame.fromBuffer(pixels, { ...size, timestamp: this.reads * 20_000 });
  }

  stop(): void {
    this.stops += 1;
  }
}

describe('encode once', () => {
  it('serves viewers of one codec from one encoder, and each codec from one', async () => {
    await using server = await serve();
    await using first = await watch(server);
    await using second = await watch(server, { dataChannel: 'any' });
    await first.waitForFrames(10);
    await second.waitForFrames(10);
    expect(stream(server).stats().renditions).toMatchObject([{ codec: 'vp8', viewers: 2 }]);

    const third = await watch(server, { codecs: ['h264'] });
    await third.waitForFrames(5);
    const codecs = (): string[] =>
      stream(server)
        .stats()
        .renditions.map(({ codec }) => codec);
    expect(codecs()).toEqual(['vp8', 'h264']);
    await third.close();
    await vi.waitFor(() => expect(codecs()).toEqual(['vp8']), 5000);
    expect(first.lost).toBe(0);
    expect(first.brokenFrames).toBe(0);
  });

  it.each(['vp8', 'h264', 'vp9'] as const)(
    'plays %s, beginning with a key frame',
    async (codec) => {
      await using server = await serve();
      const types: string[] = [];
      await using viewer = await watch(server, {
        codecs: [codec],
        onFrame: (frame) => void types.push(frame.key ? 'key' : 'delta'),
      });
      await viewer.waitForFrames(20);
      expect(viewer.mimeType.toLowerCase()).toBe(`video/${codec}`);
      expect(types[0]).toBe('key');
      expect(viewer.brokenFrames).toBe(0);
    },
  );

  it('takes the codec the user prefers', async () => {
    await using server = await serve({ ...small, codecs: ['vp9', 'vp8'] });
    await using viewer = await watch(server, { codecs: ['vp8', 'vp9'] });
    await viewer.waitForFrames(3);
    expect(viewer.mimeType.toLowerCase()).toBe('video/vp9');
  });

  it('answers a hundred key frame requests with one key frame', async () => {
    await using server = await serve();
    await using viewer = await watch(server);
    await viewer.waitForFrames(30);
    const keyFrames = (): number => stream(server).stats().renditions[0]!.keyFramesEncoded;
    const before = keyFrames();
    for (let i = 0; i < 50; i += 1) {
      await viewer.requestKeyFrame('pli');
      await viewer.requestKeyFrame('fir');
    }
    await vi.waitFor(() => expect(keyFrames()).toBe(before + 1), 5000);
    await viewer.waitForFrames(viewer.frames + 30);
    expect(keyFrames()).toBe(before + 1);
  });

  it('repeats the last picture for a viewer who joins a slow stream', async () => {
    await using server = await serve({ source: 'testsrc=size=320x180,rate=1', bitrate: 500_000 });
    await using first = await watch(server);
    await first.waitForFrames(1);
    const asked = performance.now();
    await using second = await watch(server);
    await second.waitForFrames(1);
    const frames = stream(server).stats();
    expect(frames.renditions[0]!.framesEncoded).toBeGreaterThan(0);
    expect(performance.now() - asked).toBeLessThan(5000);
  });
});

describe('the life of a source', () => {
  it('starts it at the first viewer, pauses it when all have gone, stops it once at the end', async () => {
    const source = new CountingSource();
    const server = await serve({ customStream: source });
    expect(source).toMatchObject({ starts: 0, reads: 0 });
    const viewer = await watch(server);
    await viewer.waitForFrames(5);
    expect(source.starts).toBe(1);
    await viewer.close();
    await vi.waitFor(() => expect(stream(server).stats().renditions).toEqual([]), 5000);
    await server.close();
    await server.close();
    expect(source).toMatchObject({ starts: 1, stops: 1 });
  });

  it('shows the end of a file, sends viewers off, and plays it again for the next one', async () => {
    const clip = await makeClip({ seconds: 1, size: [160, 90] });
    await using server = await serve({ source: clip });
    const viewer = await watch(server, { dataChannel: 'framegear' });
    await vi.waitFor(() => expect(stream(server).status.state).toBe('ended'), 10_000);
    await vi.waitFor(() => expect(server.sessions.size).toBe(0), 10_000);
    expect(viewer.messages).toContainEqual({
      type: 'status',
      state: 'ended',
      reason: 'The source has ended.',
    });
    expect(viewer.frames).toBeGreaterThan(25);
    await viewer.close();

    await using next = await watch(server);
    await next.waitForFrames(10);
    expect(stream(server).status.state).toBe('live');
  });

  it('keeps viewers after the end with infiniteFrames, and goes on when frames return', async () => {
    const source = new CountingSource();
    source.end = 10;
    await using server = await serve({ customStream: source, infiniteFrames: true });
    await using viewer = await watch(server);
    await vi.waitFor(() => expect(stream(server).status.noInput).toBe(true), 10_000);
    const frames = viewer.frames;
    await viewer.waitForFrames(frames + 3);
    source.end = Infinity;
    await vi.waitFor(() => expect(stream(server).status.state).toBe('live'), 10_000);
    await viewer.waitForFrames(viewer.frames + 20);
    expect(server.sessions.size).toBe(1);
  });

  it('shows why a source cannot be opened, and a viewer gets that picture', async () => {
    await using server = await serve({ source: './no-such-film.mp4' });
    await expect(server.checkSource()).rejects.toMatchObject({ code: 'source-not-found' });
    await using viewer = await watch(server, { dataChannel: 'framegear' });
    await viewer.waitForFrames(2);
    expect(stream(server).status.state).toBe('reconnecting');
    expect(stream(server).status.reason).toContain('no-such-film.mp4');
    await viewer.waitFor(() => viewer.messages.length > 0, 'a status message');
  });
});

describe('transforms', () => {
  it('drops pictures when a transform is slow, and does not fall behind', async () => {
    const source = new CountingSource();
    // How many pictures newer than the one in hand the source has already given.
    const behind: number[] = [];
    await using server = await serve({
      customStream: source,
      transforms: [
        async (frame) => {
          behind.push(source.reads - frame.toBuffer()[0]!);
          await new Promise((resolve) => setTimeout(resolve, 100));
          return frame;
        },
      ],
    });
    await using viewer = await watch(server);
    await viewer.waitForFrames(15, 20_000);
    expect(stream(server).stats().framesDropped.transformBusy).toBeGreaterThan(10);
    expect(Math.max(...behind.slice(0, 12))).toBeLessThanOrEqual(8);
  });

  it('passes pictures on when a transform throws, and counts it', async () => {
    await using server = await serve({
      ...small,
      transforms: [
        () => {
          throw new Error('always');
        },
      ],
    });
    await using viewer = await watch(server);
    await viewer.waitForFrames(10);
    expect(stream(server).stats().transforms.errors).toBeGreaterThan(5);
  });

  it('sends JSON to viewers over a data channel of any label, and only while it is JSON', async () => {
    const failures: unknown[] = [];
    await using server = await serve({
      ...small,
      transforms: [
        (frame, context) => {
          context.send({ number: context.frameNumber, size: context.info.codedWidth });
          try {
            context.send(() => undefined);
          } catch (error) {
            failures.push(error);
          }
          return frame;
        },
      ],
    });
    await using viewer = await watch(server, { dataChannel: 'whatever' });
    await viewer.waitForFrames(10);
    await viewer.waitFor(() => viewer.messages.length > 5, 'messages');
    expect(viewer.messages).toContainEqual({
      type: 'message',
      data: { number: expect.any(Number) as number, size: 320 },
    });
    expect(failures[0]).toBeInstanceOf(TypeError);
  });

  it('scales the picture as the options say', async () => {
    await using server = await serve({ ...small, resolution: [200, 100], frameSizeReduction: 50 });
    let size = '';
    await using viewer = await watch(server, {
      onFrame: ({ key, data }) => {
        // RFC 6386, 9.1: a key frame states its size behind its start code.
        if (key) size = `${data.readUInt16LE(6) & 0x3fff}x${data.readUInt16LE(8) & 0x3fff}`;
      },
    });
    await viewer.waitForFrames(3);
    expect(size).toBe('100x50');
    expect(stream(server).info).toMatchObject({ codedWidth: 320, codedHeight: 180 });
  });

  it('lets a transform change the size on the way', async () => {
    const large = resize(200, 100);
    await using server = await serve({
      ...small,
      transforms: [
        (frame, context) => (context.frameNumber < 20 ? frame : large.transform(frame, context)),
      ],
    });
    const sizes = new Set<number>();
    await using viewer = await watch(server, {
      onFrame: ({ key, data }) => {
        if (key) sizes.add(data.readUInt16LE(6) & 0x3fff);
      },
    });
    await viewer.waitFor(() => sizes.size === 2, 'a second size');
    expect([...sizes]).toEqual([320, 200]);
    expect(viewer.brokenFrames).toBe(0);
  });
});

describe('viewers', () => {
  it('refuses more than maxViewers with 503 and lets the next in when one has left', async () => {
    await using server = await serve({ ...small, maxViewers: 1 });
    const first = await watch(server);
    await expect(watch(server)).rejects.toThrow(/^503/);
    await first.close();
    await vi.waitFor(() => expect(server.sessions.size).toBe(0));
    await using second = await watch(server);
    await second.waitForFrames(1);
  });

  it('lets a newcomer take over in one-viewer mode, and closes on /close_connection', async () => {
    await using server = await serve({ ...small, enableLiveBroadcast: false });
    const first = await watch(server, { dataChannel: 'framegear' });
    await first.waitForFrames(3);
    await first.waitFor(() => first.messages.length > 0, 'the status');
    await using second = await watch(server);
    await second.waitForFrames(3);
    await vi.waitFor(() => expect(server.sessions.size).toBe(1));
    expect(first.messages.at(-1)).toMatchObject({ state: 'ended', code: 'replaced' });
    await first.close();

    const post = (body: string): Promise<string> =>
      fetch(`${server.url}close_connection`, { method: 'POST', body }).then((r) => r.text());
    expect(await post('0')).toBe('OK');
    expect(server.sessions.size).toBe(1);
    expect(await post('1')).toBe('OK');
    await vi.waitFor(() => expect(server.sessions.size).toBe(0));
  });

  it('keeps one of those that come at the same time in one-viewer mode', async () => {
    // A STUN server that never answers keeps all of them waiting.
    const iceServers = [{ urls: 'stun:127.0.0.1:9' }];
    await using server = await serve({ ...small, enableLiveBroadcast: false, iceServers });
    const offer = { type: 'offer', sdp: fixtureOffer('chromium-video') } as const;
    await Promise.all([1, 2, 3].map(() => postOffer(`${server.url}offer`)(offer)));
    expect(server.sessions.size).toBe(1);
  });

  it('says DISABLED to /close_connection in live-broadcast mode and keeps everybody', async () => {
    await using server = await serve();
    await using viewer = await watch(server);
    await viewer.waitForFrames(1);
    const answer = await fetch(`${server.url}close_connection`, { method: 'POST', body: '1' });
    expect(await answer.text()).toBe('DISABLED');
    expect(server.sessions.size).toBe(1);
  });

  it('serves under a prefix of another Express application', async () => {
    const server = await createServer({ customDataLocation: data, ...small });
    const app = express();
    app.use('/cam', server.app);
    const http = app.listen(0);
    const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}/cam/`;
    try {
      const page = await fetch(base).then((response) => response.text());
      expect(page).toContain('<video');
      await using viewer = await WeriftViewer.connect(postOffer(`${base}offer`));
      await viewer.waitForFrames(3);
    } finally {
      http.closeAllConnections();
      http.close();
      await server.close();
    }
  });

  it('can be told to listen again after wrong options', async () => {
    await using server = await createServer({ ...small, customDataLocation: data });
    await expect(server.listen({ port: '80' as never })).rejects.toThrow(TypeError);
    await expect(server.listen({ host: '' })).rejects.toThrow(RangeError);
    await expect(server.listen({ port: 0 })).resolves.toMatchObject({ host: 'localhost' });
  });

  it('leaves no socket and no timer behind', async () => {
    const busy = (): string[] =>
      process.getActiveResourcesInfo().filter((name) => /UDP|TCP|Timeout/.test(name));
    const server = await serve();
    const viewer = await watch(server);
    await viewer.waitForFrames(5);
    await server.close();
    await viewer.close();
    await vi.waitFor(() => expect(busy().filter((name) => name.includes('UDP'))).toEqual([]), 5000);
    await expect(server.listen()).rejects.toMatchObject({ name: 'InvalidStateError' });
    expect(() => server.url).not.toThrow();
  });
});
