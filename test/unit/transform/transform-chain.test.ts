import { describe, expect, it, vi } from 'vitest';
import type { FrameTransform, StreamInfo } from '../../../src/media/contracts.js';
import type { VideoFrame } from '../../../src/media/video-frame.js';
import { flip } from '../../../src/transform/flip.js';
import { createTransformChain } from '../../../src/transform/transform-chain.js';
import { contextOf, frameOf, info, recordingLogger } from '../../support/transform-frames.js';
import { otherFrame, recordingTransform } from '../../support/recording-transform.js';

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
      recordingTransform(),
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
    [[(frame: VideoFrame) => frame, {}], /transforms\[1\].*transformAudio\(\) method.*an object$/],
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
    const [first, second] = [recordingTransform(), recordingTransform()];
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
    await using chain = await createTransformChain([() => otherFrame()]);
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
    const second = recordingTransform();
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

describe('close', () => {
  it('stops every transform once, whatever they do', async () => {
    const logger = recordingLogger();
    const [first, second] = [recordingTransform(), recordingTransform()];
    const failing = {
      ...recordingTransform(),
      stop: vi.fn(() => Promise.reject(new Error('stuck'))),
    };
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
    const failed = { ...recordingTransform(), start: () => Promise.reject(new Error('no')) };
    const chain = await createTransformChain([failed]);
    await chain.start(info);
    await chain.close();
    expect(failed.calls).toEqual(['stop']);
    const idle = recordingTransform();
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
    const result = otherFrame();
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
    const transform = recordingTransform();
    const chain = await createTransformChain([transform]);
    await chain.close();
    await chain.start(info);
    const frame = frameOf();
    expect(await chain.apply(frame, contextOf())).toBeNull();
    expect(frame.closed).toBe(true);
    expect(transform.calls).toEqual([]);
  });
});
