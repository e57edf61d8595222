import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { installPixelConverter } from '../../../src/codec/pixel-converter.js';
import { SourceError } from '../../../src/errors.js';
import { silentLogger } from '../../../src/logger.js';
import { VideoFrame } from '../../../src/media/video-frame.js';
import { createSourceFactory } from '../../../src/source/source-factory.js';
import type { MediaSource } from '../../../src/source/source-factory.js';

installPixelConverter();

const signal = new AbortController().signal;

function sourceOf(spec: unknown, framerate?: number): MediaSource {
  return createSourceFactory(spec, { logger: silentLogger, framerate }).create();
}

function reading(...values: unknown[]): { read: () => unknown; stop: () => void } {
  return { read: () => (values.length > 0 ? values.shift() : null), stop: () => undefined };
}

function gray(timestamp: number, width = 4, height = 2): VideoFrame {
  const data = Buffer.alloc(width * height, 128);
  return new VideoFrame(data, {
    format: 'GRAY8',
    codedWidth: width,
    codedHeight: height,
    timestamp,
  });
}

async function readAll(source: MediaSource): Promise<VideoFrame[]> {
  await source.start?.({ signal });
  const frames: VideoFrame[] = [];
  for (let frame = await source.read(); frame !== null; frame = await source.read()) {
    frames.push(frame);
  }
  await source.stop();
  return frames;
}

describe('frames of a custom source', () => {
  const raw: [string, Record<string, unknown>, number][] = [
    ['GRAY8', { format: 'GRAY8' }, 8],
    ['RGB', { format: 'RGB' }, 24],
    ['BGR', { format: 'BGR' }, 24],
    ['RGBA', { format: 'RGBA' }, 32],
    ['BGRA', { format: 'BGRA' }, 32],
    ['I420', { format: 'I420' }, 12],
    ['NV12', { format: 'NV12' }, 12],
    ['GRAY8', { format: 'gray' }, 8],
    ['BGR', { format: 'bgr24' }, 24],
    ['GRAY8', { channels: 1 }, 8],
    ['RGB', { channels: 3 }, 24],
    ['RGBA', { channels: 4 }, 32],
  ];

  it.each(raw)('takes raw %s given as %j', async (format, shape, bytes) => {
    const data = Buffer.alloc(bytes, 100);
    const frames = await readAll(
      sourceOf(
        reading(
          { data, ...shape, width: 4, height: 2, timestamp: 7 },
          { data, ...shape, codedWidth: 4, codedHeight: 2 },
        ),
      ),
    );
    expect(frames).toHaveLength(2);
    for (const frame of frames) {
      expect(frame).toMatchObject({ format, codedWidth: 4, codedHeight: 2 });
      expect(frame.toBuffer().every((byte) => byte === 100)).toBe(true);
    }
    expect(frames[0]?.timestamp).toBe(7);
  });

  it('takes sharp images, and their raw output', async () => {
    const image = sharp({ create: { width: 4, height: 2, channels: 3, background: '#ff0000' } });
    const output = await image.clone().raw().toBuffer({ resolveWithObject: true });
    const [first, second] = await readAll(sourceOf(reading(image, output)));
    expect(first).toMatchObject({ format: 'RGB', codedWidth: 4, codedHeight: 2 });
    expect(second?.toBuffer()).toEqual(first?.toBuffer());
    expect(first?.toBuffer().subarray(0, 3)).toEqual(Buffer.from([255, 0, 0]));
  });

  it('passes VideoFrames on with their times', async () => {
    const given = [gray(0), gray(40_000), gray(95_000)];
    const frames = await readAll(sourceOf(reading(...given)));
    expect(frames).toEqual(given);
    expect(frames.map(({ timestamp }) => timestamp)).toEqual([0, 40_000, 95_000]);
  });

  it('makes up times that grow by the frame rate at least', async () => {
    const frames = await readAll(sourceOf(reading(gray(0), gray(0), gray(0)), 10));
    const times = frames.map(({ timestamp }) => timestamp);
    expect(times[0]).toBe(0);
    expect(times[1]).toBeGreaterThanOrEqual(100_000);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(100_000);
  });

  it.each([
    [undefined, /^frame: .*nothing/],
    [5, /^frame: .*number/],
    [{}, /^frame: .*no fields/],
    [{ pixels: 1 }, /^frame: .*pixels/],
    [Buffer.alloc(8), /^frame: .*width/],
    [{ data: 'x' }, /^frame\.data: .*string/],
    [{ data: Buffer.alloc(8), height: 2, channels: 1 }, /^frame\.width: .*undefined/],
    [{ data: Buffer.alloc(8), width: 4, height: 2.5, channels: 1 }, /^frame\.height: .*2\.5/],
    [{ data: Buffer.alloc(8), width: 4, height: 2 }, /^frame\.format: .*nothing/],
    [{ data: Buffer.alloc(8), width: 4, height: 2, format: 'XYZ' }, /^frame\.format: .*XYZ/],
    [{ data: Buffer.alloc(8), width: 4, height: 2, channels: 2 }, /^frame\.channels: .*2/],
    [{ data: Buffer.alloc(9), width: 4, height: 2, channels: 1 }, /^frame\.data: .*8 bytes, got 9/],
    [
      { data: Buffer.alloc(8), width: 4, height: 2, channels: 1, timestamp: 'now' },
      /^frame\.timestamp: .*string/,
    ],
  ])('refuses %j', async (value, message) => {
    const source = sourceOf(reading(gray(0), value, gray(1)));
    await source.start?.({ signal });
    (await source.read())?.close();
    await expect(source.read()).rejects.toThrow(TypeError);
    expect((await source.read())?.timestamp).toBe(1);
    const again = sourceOf(reading(value));
    await expect(again.start?.({ signal })).rejects.toThrow(message);
  });

  it('refuses a frame that is closed', async () => {
    const frame = gray(0);
    frame.close();
    await expect(sourceOf(reading(frame)).start?.({ signal })).rejects.toThrow(/^frame: .*closed/);
  });
});

describe('a custom source', () => {
  it('tells its size once the first picture is there', async () => {
    const source = sourceOf(reading(gray(0, 6, 4)), 12);
    expect(source.info).toBeNull();
    await source.start?.({ signal });
    expect(source.info).toEqual({
      codedWidth: 6,
      codedHeight: 4,
      framerate: 12,
      live: false,
      pacing: 'auto',
    });
    await source.stop();
  });

  it('is started, read and stopped on its own object', async () => {
    class Camera {
      calls: string[] = [];
      start({ signal: given }: { signal: AbortSignal }): void {
        this.calls.push(`start ${given.aborted}`);
      }
      read(): VideoFrame {
        this.calls.push('read');
        return gray(this.calls.length);
      }
      stop(): void {
        this.calls.push('stop');
      }
    }
    const camera = new Camera();
    const source = sourceOf(camera);
    await source.start?.({ signal });
    await source.read();
    await source.stop();
    await source.stop();
    expect(camera.calls).toEqual(['start false', 'read', 'stop']);
    expect(await source.read()).toBeNull();
  });

  it('wraps what start() or read() throws', async () => {
    const cause = new Error('no light');
    const fail = (): never => {
      throw cause;
    };
    const dark = sourceOf({ start: fail, read: (): null => null, stop: (): void => undefined });
    await expect(dark.start?.({ signal })).rejects.toMatchObject({ code: 'source-failed', cause });
    const broken = sourceOf({ read: fail, stop: (): void => undefined });
    await expect(broken.start?.({ signal })).rejects.toThrow(SourceError);
    await expect(broken.start?.({ signal })).rejects.toMatchObject({ cause, retryable: true });
  });

  it('says so when it ends before its first picture', async () => {
    await expect(sourceOf(reading()).start?.({ signal })).rejects.toMatchObject({
      code: 'no-video',
    });
  });

  it.each([
    ['an array', (): unknown => [gray(0), gray(1)]],
    [
      'a generator',
      function* (): Generator<VideoFrame> {
        yield gray(0);
        yield gray(1);
      },
    ],
    [
      'an async generator',
      async function* (): AsyncGenerator<VideoFrame> {
        yield await Promise.resolve(gray(0));
        yield gray(1);
      },
    ],
  ])('may be %s', async (_, make) => {
    expect((await readAll(sourceOf(make()))).map(({ timestamp }) => timestamp)).toEqual([0, 1]);
  });

  it('lets a generator clean up when it is stopped', async () => {
    const cleaned = vi.fn();
    async function* frames(): AsyncGenerator<VideoFrame> {
      try {
        for (let time = 0; ; time++) yield await Promise.resolve(gray(time));
      } finally {
        cleaned();
      }
    }
    const source = sourceOf(frames());
    await source.start?.({ signal });
    await source.read();
    await source.stop();
    expect(cleaned).toHaveBeenCalledOnce();
  });

  it('ends a waiting read when it is stopped, and closes what comes after all', async () => {
    let deliver: (frame: VideoFrame) => void = () => undefined;
    const answers = [Promise.resolve(gray(0)), new Promise<VideoFrame>((r) => (deliver = r))];
    const source = sourceOf({ read: () => answers.shift(), stop: () => undefined });
    await source.start?.({ signal });
    (await source.read())?.close();
    const waiting = source.read();
    await source.stop();
    expect(await waiting).toBeNull();
    const late = gray(1);
    deliver(late);
    await vi.waitFor(() => expect(late.closed).toBe(true));
  });

  it('goes on waiting for its first picture after a start that was given up', async () => {
    let deliver: (frame: VideoFrame) => void = () => undefined;
    const start = vi.fn();
    const first = new Promise<VideoFrame>((resolve) => (deliver = resolve));
    const source = sourceOf({ start, read: () => first, stop: () => undefined });
    const abort = new AbortController();
    const given = source.start?.({ signal: abort.signal });
    abort.abort(new Error('nobody watches'));
    await expect(given).rejects.toThrow('nobody watches');
    const again = source.start?.({ signal });
    deliver(gray(5));
    await again;
    expect(start).toHaveBeenCalledOnce();
    expect((await source.read())?.timestamp).toBe(5);
  });
});
