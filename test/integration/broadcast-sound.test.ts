import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AudioData, createServer, VideoFrame } from '../../src/index.js';
import type { FrameSource, Server, ServerOptions } from '../../src/index.js';
import { heardBy } from '../support/heard-sound.js';
import { levelAt, tone } from '../support/tones.js';
import { postOffer, WeriftViewer } from '../support/werift-viewer.js';
import type { WeriftViewerOptions } from '../support/werift-viewer.js';

let data: string;

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'framegear-test-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

const source = 'testsrc=size=320x180,rate=15';
const wait = { timeout: 15_000, interval: 50 };

async function serve(options: ServerOptions): Promise<Server> {
  const server = await createServer({ customDataLocation: data, source, ...options });
  await server.listen({ port: 0 });
  return server;
}

function watch(server: Server, options: WeriftViewerOptions = {}): Promise<WeriftViewer> {
  return WeriftViewer.connect(postOffer(`${server.url}offer`), { audio: true, ...options });
}

const stream = (server: Server) => [...server.streams.values()][0]!;

function loudest(samples: Float64Array, frequency: number): number {
  let level = 0;
  for (let at = 0; at + 2400 <= samples.length; at += 1200) {
    level = Math.max(level, levelAt(samples.subarray(at, at + 2400), frequency, 48_000));
  }
  return level;
}

/** A tone for ever, in pieces of 20 ms. */
function* endlessTone(frequency: number): Generator<AudioData> {
  const second = tone({ frequency, sampleRate: 48_000, duration: 1000 });
  for (let piece = 0; ; piece = (piece + 1) % 50) {
    yield AudioData.from(second.slice(piece * 960, (piece + 1) * 960), { sampleRate: 48_000 });
  }
}

describe('the sound of a stream', () => {
  it('reaches a viewer that wants it, beside its pictures', async () => {
    await using server = await serve({});
    await using viewer = await watch(server);
    await viewer.waitForFrames(10);
    await vi.waitFor(() => expect(loudest(heardBy(viewer), 1000)).toBeGreaterThan(0.3), wait);
    expect(loudest(heardBy(viewer), 1700)).toBeLessThan(0.1);
    // Silence between the bursts is not sent; what comes after it begins anew.
    await vi.waitFor(() => {
      expect(viewer.sounds.filter(({ marker }) => marker).length).toBeGreaterThan(1);
    }, wait);
    const [session] = [...server.sessions];
    await vi.waitFor(() => {
      expect(session?.stats().audio?.packetsSent).toBeGreaterThan(10);
    }, wait);
    expect(stream(server).stats().sound).toMatchObject({ errors: 0, piecesDropped: 0 });
  });

  it('is encoded once for all, and not at all for those who want none', async () => {
    await using server = await serve({});
    await using plain = await watch(server, { audio: false });
    await plain.waitForFrames(5);
    expect(plain.answer).not.toContain('m=audio');
    expect(stream(server).stats().sound?.pieces).toBe(0);
    await using first = await watch(server);
    await using second = await watch(server);
    await vi.waitFor(() => {
      expect(Math.min(first.sounds.length, second.sounds.length)).toBeGreaterThan(20);
    }, wait);
    const { packets } = stream(server).stats().sound!;
    expect(packets).toBeLessThan(first.sounds.length + second.sounds.length + 10);
  });

  it('is not sent to a page that is muted, and is again when it is not', async () => {
    await using server = await serve({ audioSource: endlessTone(440) });
    await using viewer = await watch(server, { dataChannel: 'framegear' });
    await vi.waitFor(() => expect(viewer.sounds.length).toBeGreaterThan(5), wait);
    await vi.waitFor(() => expect(viewer.channelOpen).toBe(true), wait);
    viewer.sendMessage({ type: 'audio', wanted: false });
    const { sound: before } = stream(server).stats();
    await vi.waitFor(() => {
      expect([...server.sessions][0]?.stats().audio?.packetsSent).toBeGreaterThan(0);
    }, wait);
    const frames = viewer.frames;
    await viewer.waitForFrames(frames + 20);
    const quiet = viewer.sounds.length;
    await viewer.waitForFrames(frames + 40);
    expect(viewer.sounds).toHaveLength(quiet);
    expect(before?.packets).toBeGreaterThan(0);
    viewer.sendMessage({ type: 'audio', wanted: true });
    await vi.waitFor(() => expect(viewer.sounds.length).toBeGreaterThan(quiet + 20), wait);
  });

  it('is off with audio: false', async () => {
    await using server = await serve({ audio: false });
    await using viewer = await watch(server);
    await viewer.waitForFrames(15);
    expect(viewer.answer).toMatch(/m=audio 9[^]*a=inactive/);
    expect(viewer.sounds).toEqual([]);
    expect(stream(server).stats().sound).toBeNull();
  });

  it('comes from audioSource, through transformAudio', async () => {
    const halved: string[] = [];
    await using server = await serve({
      audioSource: endlessTone(440),
      transforms: [
        {
          transform: (frame) => frame,
          transformAudio: (audio, { info }) => {
            halved.push(info.source);
            const samples = audio.toInt16().map((sample) => sample / 4);
            return AudioData.from(samples, { sampleRate: audio.sampleRate });
          },
        },
      ],
    });
    await using viewer = await watch(server);
    await vi.waitFor(() => expect(viewer.sounds.length).toBeGreaterThan(60), wait);
    const level = loudest(heardBy(viewer).subarray(24_000), 440);
    expect(level).toBeGreaterThan(0.08);
    expect(level).toBeLessThan(0.16);
    expect(halved).toContain('testsrc');
    expect(stream(server).stats().transforms.transforms[0]?.audio?.pieces).toBeGreaterThan(50);
  });

  it("comes from a source object's own audio, and stops with it", async () => {
    const own: FrameSource & { stopped: number } = {
      stopped: 0,
      read: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const size = { codedWidth: 64, codedHeight: 64, format: 'GRAY8' } as const;
        return VideoFrame.fromBuffer(Buffer.alloc(64 * 64), { ...size, timestamp: 0 });
      },
      stop: () => undefined,
      audio: {
        read: () => endlessTone(880).next().value as AudioData,
        stop: () => void (own.stopped += 1),
      },
    };
    const server = await serve({ source: own });
    await using viewer = await watch(server);
    await vi.waitFor(() => expect(loudest(heardBy(viewer), 880)).toBeGreaterThan(0.2), wait);
    await viewer.waitForFrames(3);
    await server.close();
    expect(own.stopped).toBe(1);
  });
});

describe('pictures go on', () => {
  it.each([
    ['has no sound', (): string => 'lavfi:color=size=64x64'],
    ['is not there', (): string => '/nowhere/sound.mp3'],
    [
      'throws',
      (): object => ({
        read: () => {
          throw new Error('broken');
        },
        stop: () => undefined,
      }),
    ],
    ['gives nonsense', (): object => ({ read: () => 5, stop: () => undefined })],
    ['hangs', (): object => ({ read: () => new Promise(() => undefined), stop: () => undefined })],
    [
      'does not stop',
      (): object => ({
        start: () => new Promise(() => undefined),
        read: () => null,
        stop: () => undefined,
      }),
    ],
    ['is over at once', (): object => []],
  ])('while the source of sound %s', async (_, make) => {
    const audioSource = make() as NonNullable<ServerOptions['audioSource']>;
    await using server = await serve({ audioSource });
    await using viewer = await watch(server);
    await viewer.waitForFrames(15);
    expect(viewer.sounds).toEqual([]);
  });

  it('when the sound stops, which ends in silence', async () => {
    function* short(): Generator<AudioData> {
      const sounding = endlessTone(440);
      for (let piece = 0; piece < 40; piece++) yield sounding.next().value as AudioData;
    }
    await using server = await serve({ audioSource: short() });
    await using viewer = await watch(server);
    await vi.waitFor(() => {
      const last = viewer.sounds.at(-1);
      expect(viewer.sounds.length).toBeGreaterThan(20);
      // An empty packet: there is nothing more to be heard.
      expect(last?.payload.length).toBeLessThanOrEqual(2);
    }, wait);
    const { length } = viewer.sounds;
    await viewer.waitForFrames(viewer.frames + 15);
    expect(viewer.sounds).toHaveLength(length);
  });
});
