import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FrameTransform, StreamInfo } from '../../../src/media/contracts.js';
import type { VideoFrame } from '../../../src/media/video-frame.js';
import { flip } from '../../../src/transform/flip.js';
import { createTransformChain } from '../../../src/transform/transform-chain.js';
import { contextOf, frameOf, info, recordingLogger } from '../../support/transform-frames.js';

afterEach(() => {
  vi.useRealTimers();
});

/** A transform that notes what is called, and does what `answer` says. */
function recorder(
  answer: (frame: VideoFrame) => unknown = (frame) => frame,
): FrameTransform & { calls: string[]; frames: VideoFrame[] } {
  const calls: string[] = [];
  const frames: VideoFrame[] = [];
  return {
    calls,
    frames,
    start: ({ codedWidth }) => void calls.push(`start ${codedWidth}`),
    transform: (frame) => {
      calls.push('transform');
      frames.push(frame);
      return answer(frame) as VideoFrame;
    },
    stop: () => void calls.push('stop'),
  };
}

const other = (timestamp: number = 99): VideoFrame => frameOf({ width: 2, height: 2, timestamp });

describe('createTransformChain', () => {
  it('takes objects, classes and functions, and names them', async () => {
    class Blur implements FrameTransform {
      transform(frame: VideoFrame): VideoFrame {
        return frame;
      }
    }
    function darken(frame: VideoFrame): VideoFrame {
      return frame;
    }
    await using chain = await createTransformChain([
      Blur,
      new Blur(),
      darken,
      recorder(),
      flip('both'),
    ]);
    expect(chain.names).toEqual(['Blur', 'Blur', 'darken', 'transforms[3]', 'flip both']);
    expect(chain.touchesPixels).toBe(true);
  });

  it('passes frames on untouched when empty', async () => {
    await using chain = await createTransformChain([]);
    expect(chain.touchesPixels).toBe(false);
    using frame = frameOf();
    await chain.start(info);
    expect(await chain.apply(frame, contextOf())).toBe(frame);
  });

  it.each([
    [[5], /transforms\[0\].*number 5/],
    [[(frame: VideoFrame) => frame, {}], /transforms\[1\].*without transform/],
    [[null], /transforms\[0\].*null/],
    [[class Empty {}], /transforms\[0\].*class Empty has no transform/],
    [[''], /transforms\[0\].*path/],
    [[[]], /transforms\[0\].*an array/],
    ['./x.ts', /transforms: expected an array/],
  ])('refuses %j', async (inputs, message) => {
    const refused = createTransformChain(inputs as never);
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow(message);
  });

  it("runs edits before the inputs, and numbers the user's own", async () => {
    const calls: string[] = [];
    const noting = (name: string) => (frame: VideoFrame) => {
      calls.push(name);
      return frame;
    };
    const edits = [flip('both'), { transform: noting('edit') }];
    await using chain = await createTransformChain([{ transform: noting('own') }], { edits });
    expect(chain.names).toEqual(['flip both', 'edits', 'transforms[0]']);
    (await chain.apply(frameOf(), contextOf()))?.close();
    expect(calls).toEqual(['edit', 'own']);
    const refused = createTransformChain([class Empty {}] as never, { edits });
    await expect(refused).rejects.toThrow(/^transforms\[0\]: class Empty/);
  });

  it('refuses another onError', async () => {
    const options = { onError: 'ignore' as 'pass' };
    await expect(createTransformChain([], options)).rejects.toThrow(/onError.*ignore/);
  });

  it('runs transforms in order, each start once for each size', async () => {
    const [first, second] = [recorder(), recorder()];
    await using chain = await createTransformChain([first, second]);
    await chain.start(info);
    (await chain.apply(frameOf(), contextOf()))?.close();
    await chain.start({ ...info, codedWidth: 32 });
    expect(first.calls).toEqual(['start 16', 'transform', 'start 32']);
    expect(second.calls).toEqual(first.calls);
  });

  it('tells a transform where it is and sends what it says', async () => {
    const sent: unknown[] = [];
    const seen: StreamInfo[] = [];
    await using chain = await createTransformChain([
      (frame, context) => {
        seen.push(context.info);
        context.send({ number: context.frameNumber });
        return frame;
      },
    ]);
    (await chain.apply(frameOf(), contextOf(7, sent)))?.close();
    expect(sent).toEqual([{ number: 7 }]);
    expect(seen).toEqual([info]);
  });
});

describe('a frame in the chain', () => {
  it('comes out as what the transform returns, with the times of the one that came in', async () => {
    await using chain = await createTransformChain([() => other()]);
    const frame = frameOf({ timestamp: 500 });
    using result = await chain.apply(frame, contextOf());
    expect([result?.timestamp, result?.duration, result?.codedWidth]).toEqual([500, 33_333, 2]);
    expect(frame.closed).toBe(true);
  });

  it('may be returned itself, or closed by the transform', async () => {
    await using chain = await createTransformChain([
      (frame) => frame,
      (frame) => {
        const result = frame.clone();
        frame.close();
        return result;
      },
    ]);
    using result = await chain.apply(frameOf({ native: true }), contextOf());
    expect(result?.closed).toBe(false);
    expect(chain.stats.errors).toBe(0);
  });

  it('is dropped by null, which later transforms do not see', async () => {
    const second = recorder();
    await using chain = await createTransformChain([() => null, second]);
    const frame = frameOf();
    expect(await chain.apply(frame, contextOf())).toBeNull();
    expect(frame.closed).toBe(true);
    expect(second.calls).toEqual([]);
    expect(chain.stats).toMatchObject({ frames: 1, dropped: 1, errors: 0 });
  });

  it('may take its time', async () => {
    await using chain = await createTransformChain([
      async (frame) => {
        await new Promise((resolve) => setImmediate(resolve));
        return frame;
      },
    ]);
    using result = await chain.apply(frameOf(), contextOf());
    expect(result).not.toBeNull();
    expect(chain.stats.averageMs).toBeGreaterThan(0);
  });
});

describe('a failing transform', () => {
  const failures: [string, (frame: VideoFrame) => unknown, RegExp][] = [
    ['throws', () => { throw new RangeError('boom'); }, /boom/],
    ['rejects', () => Promise.reject(new Error('later')), /later/],
    ['throws no error', () => { throw 'text'; }, /threw "text"/], // eslint-disable-line @typescript-eslint/only-throw-error
    ['forgets to return', () => undefined, /undefined \(is a return missing\?\)/],
    ['returns a number', () => 5, /number 5/],
    ['returns bytes', () => Buffer.alloc(3), /a Buffer/],
    ['returns a sharp image', (frame) => frame.toSharp(), /a Sharp; make it a frame/],
    ['returns a closed frame', (frame) => { frame.close(); return frame; }, /closed/],
    ['closes the frame and throws', (frame) => { frame.close(); throw new Error('x'); }, /x/],
  ]; // prettier-ignore

  it.each(failures)('that %s lets the frame pass untouched', async (_name, answer, message) => {
    const logger = recordingLogger();
    const broken = recorder(answer);
    const next = recorder();
    const chain = await createTransformChain([broken, next], { logger });
    for (const native of [true, false]) {
      const frame = frameOf({ timestamp: 40, native });
      const before = frame.toBuffer();
      using result = await chain.apply(frame, contextOf());
      expect(result?.toBuffer().equals(before)).toBe(true);
      expect(result?.timestamp).toBe(40);
      expect(broken.frames.every(({ closed }) => closed)).toBe(true);
    }
    expect(next.calls.filter((call) => call === 'transform')).toHaveLength(2);
    expect(chain.stats).toMatchObject({ frames: 2, dropped: 0, errors: 2 });
    expect(logger.lines[0]).toMatch(/^error: transform transforms\[0\] failed: /);
    expect(logger.lines[0]).toMatch(message);
    expect(logger.fields[0]).toMatchObject({ err: { stack: expect.any(String) as string } });
    await chain.close();
  });

  it.each(failures)('that %s drops the frame on request', async (_name, answer) => {
    await using chain = await createTransformChain([answer as never], { onError: 'drop' });
    const frame = frameOf({ native: true });
    expect(await chain.apply(frame, contextOf())).toBeNull();
    expect(frame.closed).toBe(true);
    expect(chain.stats).toMatchObject({ dropped: 1, errors: 1 });
  });

  it('is logged once a second, with the number left out', async () => {
    vi.useFakeTimers();
    const logger = recordingLogger();
    const chain = await createTransformChain([() => Promise.reject(new Error('again'))], {
      logger,
    });
    for (let i = 0; i < 10; i += 1) (await chain.apply(frameOf(), contextOf(i)))?.close();
    expect(logger.lines).toHaveLength(1);
    vi.advanceTimersByTime(1000);
    expect(logger.lines).toHaveLength(2);
    expect(logger.lines[1]).toMatch(/8 more times/);
    expect(logger.fields[1]).toMatchObject({ suppressed: 8 });
    expect(chain.stats.transforms[0]).toMatchObject({ frames: 10, errors: 10 });
    await chain.close();
  });

  it('returned frames are not lost when another frame is returned and the input kept', async () => {
    const kept: VideoFrame[] = [];
    await using chain = await createTransformChain([
      (frame) => {
        kept.push(frame.clone());
        return other();
      },
    ]);
    using result = await chain.apply(frameOf(), contextOf());
    expect(result?.codedWidth).toBe(2);
    expect(kept[0]?.closed).toBe(false);
    kept[0]?.close();
  });
});

describe('a transform that cannot start', () => {
  it('is left out, and started again after a while', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const logger = recordingLogger();
    let tries = 0;
    const transform: FrameTransform = {
      start() {
        tries += 1;
        if (tries < 3) throw new Error('no model');
      },
      transform: () => other(),
    };
    const chain = await createTransformChain([transform], { logger });
    await chain.start(info);
    expect(logger.lines[0]).toMatch(/no model/);
    const widths: (number | undefined)[] = [];
    for (const wait of [0, 500, 1000, 1000, 2000]) {
      vi.advanceTimersByTime(wait);
      using result = await chain.apply(frameOf(), contextOf());
      widths.push(result?.codedWidth);
    }
    expect(widths).toEqual([16, 16, 16, 16, 2]);
    expect(tries).toBe(3);
    expect(chain.stats.errors).toBe(2);
    await chain.close();
  });

  it('lets no picture through with onError drop', async () => {
    const transform = { ...recorder(), start: () => Promise.reject(new Error('no')) };
    await using chain = await createTransformChain([transform], { onError: 'drop' });
    await chain.start(info);
    expect(await chain.apply(frameOf(), contextOf())).toBeNull();
    expect(transform.calls).toEqual([]);
  });

  it('is started by its first frame when nobody has', async () => {
    const transform = recorder();
    await using chain = await createTransformChain([transform]);
    (await chain.apply(frameOf(), contextOf()))?.close();
    expect(transform.calls).toEqual(['start 16', 'transform']);
  });
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
        return seen.length === 1 ? gate.call() : other();
      },
    };
    const next = recorder();
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

    const late = other();
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
          if (calls > 1) return other();
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
    const chain = await createTransformChain([{ start: gate.call, transform: () => other() }], {
      logger,
    });
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
      transform: () => other(),
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

describe('close', () => {
  it('stops every transform once, whatever they do', async () => {
    const logger = recordingLogger();
    const [first, second] = [recorder(), recorder()];
    const failing = { ...recorder(), stop: vi.fn(() => Promise.reject(new Error('stuck'))) };
    const chain = await createTransformChain([first, failing, second], { logger });
    await chain.start(info);
    await Promise.all([chain.close(), chain.close()]);
    await chain.close();
    expect(first.calls).toEqual(['start 16', 'stop']);
    expect(second.calls).toEqual(['start 16', 'stop']);
    expect(failing.stop).toHaveBeenCalledTimes(1);
    expect(logger.lines.join()).toMatch(/stuck/);
    expect(chain.closed).toBe(true);
  });

  it('stops a transform whose start failed, not one that was never started', async () => {
    const failed = { ...recorder(), start: () => Promise.reject(new Error('no')) };
    const chain = await createTransformChain([failed]);
    await chain.start(info);
    await chain.close();
    expect(failed.calls).toEqual(['stop']);
    const idle = recorder();
    await (await createTransformChain([idle])).close();
    expect(idle.calls).toEqual([]);
  });

  it('waits for the frame under way and closes what comes of it', async () => {
    const gate: { open?: () => void } = {};
    const calls: string[] = [];
    const chain = await createTransformChain([
      {
        transform: (frame) =>
          new Promise((resolve) => {
            gate.open = () => {
              calls.push('transformed');
              resolve(frame);
            };
          }),
        stop: () => void calls.push('stop'),
      },
    ]);
    const frame = frameOf();
    const applied = chain.apply(frame, contextOf());
    await vi.waitFor(() => expect(gate.open).toBeDefined());
    const closed = chain.close();
    gate.open?.();
    await closed;
    expect(calls).toEqual(['transformed', 'stop']);
    expect(await applied).toBeNull();
    expect(frame.closed).toBe(true);
  });

  it('does not wait for ever for a transform that hangs', async () => {
    const logger = recordingLogger();
    let late: (frame: VideoFrame) => void = () => undefined;
    const stop = vi.fn(() => new Promise<void>(() => undefined));
    const hanging: FrameTransform = {
      transform: () => new Promise((resolve) => (late = resolve)),
      stop,
    };
    const chain = await createTransformChain([hanging], { logger, graceMs: 20 });
    const frame = frameOf({ native: true });
    const applied = chain.apply(frame, contextOf());
    await chain.close();
    expect(await applied).toBeNull();
    expect(frame.closed).toBe(true);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(logger.lines.join('\n')).toMatch(/still busy/);
    const result = other();
    late(result);
    await vi.waitFor(() => expect(result.closed).toBe(true));
  });

  it('gives up a start that hangs', async () => {
    const chain = await createTransformChain(
      [{ start: () => new Promise<void>(() => undefined), transform: (frame) => frame }],
      { graceMs: 20 },
    );
    const started = chain.start(info);
    await chain.close();
    await expect(started).resolves.toBeUndefined();
  });

  it('closes frames that come afterwards', async () => {
    const transform = recorder();
    const chain = await createTransformChain([transform]);
    await chain.close();
    await chain.start(info);
    const frame = frameOf();
    expect(await chain.apply(frame, contextOf())).toBeNull();
    expect(frame.closed).toBe(true);
    expect(transform.calls).toEqual([]);
  });
});
