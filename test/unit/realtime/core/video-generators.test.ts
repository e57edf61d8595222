import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VideoFrame } from '../../../../src/media/video-frame.js';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import { AdditionalOutputs } from '../../../../src/realtime/handlers/outputs.js';
import { VideoStreamHandler } from '../../../../src/realtime/handlers/video-stream-handler.js';
import { connect, FrameCount, LogRecorder, startOne } from '../../../support/realtime-core.js';

let frames: FrameCount;
beforeEach(() => {
  vi.useFakeTimers();
  frames = new FrameCount();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a generator of pictures', () => {
  it('is shown at its rate, with times that rise', async () => {
    function* pictures(): Generator<VideoFrame> {
      for (;;) yield frames.frame(0);
    }
    const handler = new VideoStreamHandler(pictures, { fps: 25 });
    const { core, link } = await startOne({ handler, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(2000);
    expect(link.shown.length).toBeGreaterThanOrEqual(50);
    expect(link.shown.length).toBeLessThanOrEqual(51);
    const times = link.shown.map(({ timestamp }) => timestamp);
    times.slice(1).forEach((time, i) => expect(time - (times[i] as number)).toBe(40_000));
    await core.close();
    expect(frames.open).toBe(0);
  });

  it.each([24, 29.97, 30, 60])('keeps %d pictures a second on average', async (fps) => {
    function* pictures(): Generator<VideoFrame> {
      for (;;) yield frames.frame(0);
    }
    const handler = new VideoStreamHandler(pictures, { fps });
    const { core, link } = await startOne({ handler, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(Math.abs(link.shown.length - fps * 10)).toBeLessThanOrEqual(1.5);
    await core.close();
  });

  it('that is slow does not hurry after what it missed', async () => {
    async function* pictures(): AsyncGenerator<VideoFrame> {
      for (let i = 0; ; i++) {
        if (i === 3) await new Promise((resolve) => setTimeout(resolve, 1000));
        yield frames.frame(0);
      }
    }
    const { core, link } = await startOne({ handler: pictures, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(1500);
    const gaps = link.shown.slice(1).map(({ atMs }, i) => atMs - (link.shown[i]?.atMs ?? 0));
    expect(Math.max(...gaps)).toBeGreaterThan(950);
    expect(gaps.filter((gap) => gap < 25).length).toBeLessThanOrEqual(1);
    // The one that was late is shown with the time at which it was shown.
    expect((link.shown[3]?.timestamp ?? 0) - (link.shown[2]?.timestamp ?? 0)).toBeGreaterThan(
      950_000,
    );
    await core.close();
  });

  it('that needs longer than its turn is asked again at once', async () => {
    async function* pictures(): AsyncGenerator<VideoFrame> {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 40));
        yield frames.frame(0);
      }
    }
    const { core, link } = await startOne({ handler: pictures, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(2000);
    expect(link.shown.length).toBeGreaterThan(44);
    const times = link.shown.map(({ timestamp }) => timestamp);
    expect(new Set(times).size).toBe(times.length);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    const closing = core.close();
    await vi.advanceTimersByTimeAsync(50);
    await closing;
  });

  it('gives outputs, which take no picture’s turn', async () => {
    function* pictures(): Generator<VideoFrame | AdditionalOutputs> {
      for (;;) {
        yield new AdditionalOutputs(1);
        yield frames.frame(0);
      }
    }
    const { core, connection, link } = await startOne({ handler: pictures, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(link.shown.length).toBeGreaterThan(28);
    expect(connection.stats.outputs).toBeGreaterThanOrEqual(link.shown.length);
    await core.close();
  });

  it('that gives outputs only, or nothing, does not spin', async () => {
    let steps = 0;
    function* odd(): Generator<AdditionalOutputs | null> {
      for (;;) {
        steps += 1;
        yield steps % 2 === 0 ? null : new AdditionalOutputs(1);
      }
    }
    const { core } = await startOne({ handler: odd, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(steps).toBeLessThan(100);
    await core.close();
  });

  it.each<[string, (() => Generator<VideoFrame>) | (() => AsyncGenerator<VideoFrame>)]>([
    [
      'synchronous',
      function* (): Generator<VideoFrame> {
        yield frames.frame(0);
        yield frames.frame(0);
      },
    ],
    [
      'asynchronous',
      async function* (): AsyncGenerator<VideoFrame> {
        yield frames.frame(0);
        yield frames.frame(0);
      },
    ],
  ])('ends the connection when it is over (%s)', async (_, handler) => {
    const { link } = await startOne({ handler, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(500);
    expect(link.shown).toHaveLength(2);
    expect(link.types).toEqual(['end_stream']);
    expect(link.closedWith).toEqual(['stream-ended']);
  });

  it('waits for inputs only when it needs some', async () => {
    const seen: unknown[] = [];
    function* needs(text: string): Generator<VideoFrame> {
      seen.push(text);
      for (;;) yield frames.frame(0);
    }
    const { core, link } = await startOne({ handler: needs, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(link.types).toEqual(['send_input']);
    expect(link.shown).toHaveLength(0);
    core.setInput('visitor', 'hello');
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen).toEqual(['hello']);
    expect(link.shown.length).toBeGreaterThan(28);
    await core.close();
  });

  it('is ended with its connection, and cleans up once', async () => {
    let cleaned = 0;
    async function* pictures(): AsyncGenerator<VideoFrame> {
      try {
        for (;;) yield frames.frame(0);
      } finally {
        cleaned += 1;
      }
    }
    const { core } = await startOne({ handler: pictures, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(100);
    await core.close();
    expect(cleaned).toBe(1);
    expect(frames.open).toBe(0);
  });

  it('that ends its own connection is ended after that step', async () => {
    let cleaned = 0;
    const logger = new LogRecorder();
    const stop: (() => void)[] = [];
    function* pictures(): Generator<VideoFrame> {
      try {
        stop.shift()?.();
        yield frames.frame(0);
      } finally {
        cleaned += 1;
      }
    }
    const core = new StreamCore({ handler: pictures, mode: 'receive', logger });
    const { connection } = await connect(core);
    stop.push(() => void connection.close('peer-closed'));
    connection.start();
    await vi.advanceTimersByTimeAsync(100);
    expect(cleaned).toBe(1);
    expect(frames.open).toBe(0);
    expect(logger.texts('error')).toEqual([]);
  });

  it('begins anew when it has thrown', async () => {
    let runs = 0;
    function* flaky(): Generator<VideoFrame> {
      runs += 1;
      yield frames.frame(0);
      throw new Error('boom');
    }
    const { core, connection, link } = await startOne({ handler: flaky, mode: 'receive' });
    await vi.advanceTimersByTimeAsync(3000);
    expect(runs).toBeGreaterThan(2);
    expect(connection.closed).toBe(false);
    expect(link.types).toContain('error');
    await core.close();
    expect(frames.open).toBe(0);
  });

  it('has its own state for each client', async () => {
    function* count(): Generator<VideoFrame> {
      for (let i = 1; ; i++) yield frames.frame(0, i);
    }
    const core = new StreamCore({ handler: count, mode: 'receive', concurrencyLimit: 2 });
    const one = await connect(core, 'one');
    one.connection.start();
    await vi.advanceTimersByTimeAsync(500);
    const two = await connect(core, 'two');
    two.connection.start();
    await vi.advanceTimersByTimeAsync(500);
    expect(two.link.shown[0]?.codedWidth).toBe(1);
    await core.close();
  });

  it('has no use for the client’s pictures', async () => {
    function* none(): Generator<null> {
      for (;;) yield null;
    }
    const { core, connection } = await startOne({ handler: none, mode: 'receive' });
    connection.receiveVideo(frames.frame());
    expect(frames.open).toBe(0);
    expect(connection.stats.dropped.unwanted).toBe(1);
    await core.close();
  });
});
