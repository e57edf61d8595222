import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FrameTransform } from '../../../src/media/contracts.js';
import type { VideoFrame } from '../../../src/media/video-frame.js';
import { createTransformChain } from '../../../src/transform/transform-chain.js';
import { contextOf, frameOf, info, recordingLogger } from '../../support/transform-frames.js';
import { otherFrame, recordingTransform } from '../../support/recording-transform.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a transform that does not answer', () => {
  /** Answers a call when told to. */
  function gates<T>(): { open: ((value: T) => void)[]; call: () => Promise<T> } {
    const open: ((value: T) => void)[] = [];
    return { open, call: () => new Promise<T>((resolve) => open.push(resolve)) };
  }

  it.each(['pass', 'drop'] as const)('is left out until it has, with %s', async (onError) => {
    vi.useFakeTimers();
    const logger = recordingLogger();
    const gate = gates<VideoFrame>();
    const seen: VideoFrame[] = [];
    const slow: FrameTransform = {
      transform: (frame) => {
        seen.push(frame);
        return seen.length === 1 ? gate.call() : otherFrame();
      },
    };
    const next = recordingTransform();
    const chain = await createTransformChain([slow, next], { logger, onError });
    const untouched = onError === 'pass' ? 16 : undefined;
    const width = async (): Promise<number | undefined> => {
      using result = await chain.apply(frameOf({ native: true }), contextOf());
      return result?.codedWidth;
    };
    const first = width();
    await vi.advanceTimersByTimeAsync(1999);
    expect(logger.lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await first).toBe(untouched);
    expect(logger.lines).toEqual(['warn: transform transforms[0] has not answered for 2 s']);
    // It may still be reading the picture.
    expect(seen[0]?.closed).toBe(false);

    expect([await width(), await width()]).toEqual([untouched, untouched]);
    expect(seen).toHaveLength(1);
    expect(next.frames).toHaveLength(onError === 'pass' ? 3 : 0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(logger.lines).toHaveLength(1);
    expect(chain.stats).toMatchObject({ frames: 3, errors: 1 });

    const late = otherFrame();
    gate.open[0]?.(late);
    await vi.advanceTimersByTimeAsync(0);
    expect([late.closed, seen[0]?.closed]).toEqual([true, true]);
    expect(logger.lines[1]).toBe('info: transform transforms[0] answered after 12.0 s');
    expect(await width()).toBe(2);
    expect(chain.stats.errors).toBe(1);
    await chain.close();
  });

  it('counts what it throws in the end, and is used again', async () => {
    vi.useFakeTimers();
    const logger = recordingLogger();
    let fail: (error: Error) => void = () => undefined;
    let calls = 0;
    const chain = await createTransformChain(
      [
        () => {
          calls += 1;
          if (calls > 1) return otherFrame();
          return new Promise<VideoFrame>((_resolve, reject) => (fail = reject));
        },
      ],
      { logger },
    );
    const first = chain.apply(frameOf(), contextOf());
    await vi.advanceTimersByTimeAsync(2000);
    (await first)?.close();
    fail(new Error('out of memory'));
    await vi.advanceTimersByTimeAsync(0);
    expect(logger.lines.join()).toMatch(/failed: out of memory/);
    expect(chain.stats.errors).toBe(2);
    using result = await chain.apply(frameOf(), contextOf());
    expect(result?.codedWidth).toBe(2);
    await chain.close();
  });

  it('in its start is left out until it has started', async () => {
    vi.useFakeTimers();
    const logger = recordingLogger();
    const gate = gates<void>();
    const chain = await createTransformChain(
      [{ start: gate.call, transform: () => otherFrame() }],
      {
        logger,
      },
    );
    const started = chain.start(info);
    await vi.advanceTimersByTimeAsync(2000);
    await started;
    expect(logger.lines).toEqual(['warn: transform transforms[0] has not answered for 2 s']);
    const width = async (): Promise<number | undefined> => {
      using result = await chain.apply(frameOf(), contextOf());
      return result?.codedWidth;
    };
    expect(await width()).toBe(16);
    expect(gate.open).toHaveLength(1);
    gate.open[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(await width()).toBe(2);
    expect(chain.stats.errors).toBe(1);
    await chain.close();
  });

  it('is started anew when the pictures have changed meanwhile', async () => {
    vi.useFakeTimers();
    const gate = gates<void>();
    const widths: number[] = [];
    const transform: FrameTransform = {
      start: ({ codedWidth }) => {
        widths.push(codedWidth);
        return widths.length === 1 ? gate.call() : undefined;
      },
      transform: () => otherFrame(),
    };
    const chain = await createTransformChain([transform]);
    const started = chain.start(info);
    await vi.advanceTimersByTimeAsync(2000);
    await started;
    await chain.start({ ...info, codedWidth: 32 });
    expect(widths).toEqual([16]);
    gate.open[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    using result = await chain.apply(frameOf(), contextOf());
    expect(widths).toEqual([16, 32]);
    expect(result?.codedWidth).toBe(2);
    await chain.close();
  });

  it('does not hold up the end for more than a second', async () => {
    vi.useFakeTimers();
    const stop = vi.fn(() => new Promise<void>(() => undefined));
    const chain = await createTransformChain([
      { transform: () => new Promise(() => undefined), stop },
    ]);
    const frame = frameOf({ native: true });
    const applied = chain.apply(frame, contextOf());
    const closed = chain.close();
    await vi.advanceTimersByTimeAsync(1000);
    await closed;
    expect(await applied).toBeNull();
    expect(stop).toHaveBeenCalledTimes(1);
    expect(frame.closed).toBe(true);
  });
});

describe('a transform that drops every picture', () => {
  it('is mentioned once after 5 s', async () => {
    vi.useFakeTimers();
    const logger = recordingLogger();
    let dropping = true;
    const transform: FrameTransform = { transform: (frame) => (dropping ? null : frame) };
    const chain = await createTransformChain([transform], { logger });
    const play = async (seconds: number): Promise<void> => {
      for (let i = 0; i <= seconds; i += 1) {
        (await chain.apply(frameOf(), contextOf()))?.close();
        await vi.advanceTimersByTimeAsync(1000);
      }
    };
    await play(3);
    dropping = false;
    await play(0);
    dropping = true;
    await play(4);
    expect(logger.lines).toEqual([]);
    await play(20);
    expect(logger.lines).toEqual([
      'warn: transform transforms[0] has dropped every picture for 5 s',
    ]);
    expect(chain.stats.errors).toBe(0);
    await chain.close();
  });
});
