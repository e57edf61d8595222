import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FrameTransform } from '../../../src/media/contracts.js';
import type { VideoFrame } from '../../../src/media/video-frame.js';
import { createTransformChain } from '../../../src/transform/transform-chain.js';
import { contextOf, frameOf, info, recordingLogger } from '../../support/transform-frames.js';
import { otherFrame, recordingTransform } from '../../support/recording-transform.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a failing transform', () => {
  const failures: [string, (frame: VideoFrame) => unknown, RegExp][] = [
    ['throws', () => { throw new RangeError('boom'); }, /boom/],
    ['rejects', () => Promise.reject(new Error('later')), /later/],
    ['throws no error', () => { throw 'text'; }, /threw "text"/], // eslint-disable-line @typescript-eslint/only-throw-error -- users' code throws anything
    ['forgets to return', () => undefined, /undefined \(is a return missing\?\)/],
    ['returns a number', () => 5, /number 5/],
    ['returns bytes', () => Buffer.alloc(3), /a Buffer/],
    ['returns a sharp image', (frame) => frame.toSharp(), /a Sharp; make it a frame/],
    ['returns a closed frame', (frame) => { frame.close(); return frame; }, /closed/],
    ['closes the frame and throws', (frame) => { frame.close(); throw new Error('x'); }, /x/],
  ]; // prettier-ignore

  it.each(failures)('that %s lets the frame pass untouched', async (_name, answer, message) => {
    const logger = recordingLogger();
    const broken = recordingTransform(answer);
    const next = recordingTransform();
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
        return otherFrame();
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
      transform: () => otherFrame(),
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
    const transform = { ...recordingTransform(), start: () => Promise.reject(new Error('no')) };
    await using chain = await createTransformChain([transform], { onError: 'drop' });
    await chain.start(info);
    expect(await chain.apply(frameOf(), contextOf())).toBeNull();
    expect(transform.calls).toEqual([]);
  });

  it('is started by its first frame when nobody has', async () => {
    const transform = recordingTransform();
    await using chain = await createTransformChain([transform]);
    (await chain.apply(frameOf(), contextOf()))?.close();
    expect(transform.calls).toEqual(['start 16', 'transform']);
  });
});
