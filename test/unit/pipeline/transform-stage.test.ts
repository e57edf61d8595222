import { afterEach, describe, expect, it, vi } from 'vitest';
import type { VideoFrame } from '../../../src/media/video-frame.js';
import { TransformStage } from '../../../src/pipeline/transform-stage.js';
import { createTransformChain } from '../../../src/transform/transform-chain.js';
import type { TransformChain, TransformInput } from '../../../src/transform/transform-chain.js';
import { recordingTransform } from '../../support/recording-transform.js';
import { frameOf, info } from '../../support/transform-frames.js';

const open: { stage: TransformStage; chain: TransformChain }[] = [];

afterEach(async () => {
  for (const { stage, chain } of open.splice(0)) {
    stage.close();
    await chain.close();
  }
});

async function stageOf(
  transform: TransformInput,
  framerate: number | null = null,
): Promise<{ stage: TransformStage; times: number[]; messages: unknown[] }> {
  const chain = await createTransformChain([transform]);
  const times: number[] = [];
  const messages: unknown[] = [];
  const stage = new TransformStage({
    transforms: chain,
    framerate,
    frameRate: () => 30,
    output: (frame) => {
      times.push(frame.timestamp);
      frame.close();
    },
    message: (value) => void messages.push(value),
  });
  open.push({ stage, chain });
  return { stage, times, messages };
}

describe('TransformStage', () => {
  it('announces pictures once for each size, also of one that changes on the way', async () => {
    const transform = recordingTransform();
    const { stage, times } = await stageOf(transform);
    expect([stage.info, stage.soundContext]).toEqual([null, null]);
    const announced = stage.announce(info);
    expect(stage.info).toBe(info);
    await announced;
    await stage.announce({ ...info });
    stage.put(frameOf({ width: 32 }));
    await vi.waitFor(() => expect(times).toHaveLength(1));
    expect(transform.calls).toEqual(['start 16', 'start 32', 'transform']);
    expect(stage.soundContext?.info.codedWidth).toBe(32);
  });

  it('lets the newest picture wait while the transforms are at work', async () => {
    const answers: ((frame: VideoFrame) => void)[] = [];
    const slow = (): Promise<VideoFrame> => new Promise((resolve) => void answers.push(resolve));
    const { stage, times } = await stageOf(slow);
    await stage.announce(info);
    const held = frameOf({ timestamp: 1 });
    stage.put(held);
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    const late = [frameOf({ timestamp: 2 }), frameOf({ timestamp: 3 })];
    for (const frame of late) stage.put(frame);
    expect(late.map(({ closed }) => closed)).toEqual([true, false]);
    expect(stage.drops.transformBusy).toBe(1);
    answers[0]?.(held);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    expect(times).toEqual([1]);
    const waiting = frameOf({ timestamp: 4 });
    stage.put(waiting);
    stage.close();
    expect(waiting.closed).toBe(true);
    answers[1]?.(late[1]!);
    await vi.waitFor(() => expect(times).toEqual([1, 3]));
  });

  it('tells what became of pictures that did not come out', async () => {
    const { stage } = await stageOf(() => null, 10);
    await stage.announce(info);
    const thinned = frameOf({ timestamp: 1000 });
    stage.put(frameOf({ timestamp: 0 }));
    stage.put(thinned);
    expect(thinned.closed).toBe(true);
    await vi.waitFor(() =>
      expect(stage.drops).toEqual({
        framerateLimit: 1,
        transformBusy: 0,
        transformDropped: 1,
        transformFailed: 0,
      }),
    );
  });

  it('passes on what transforms send, if it is JSON', async () => {
    const faults: unknown[] = [];
    const { stage, times, messages } = await stageOf((frame, context) => {
      context.send({ seen: 1 });
      try {
        context.send(undefined);
      } catch (error) {
        faults.push(error);
      }
      return frame;
    });
    await stage.announce(info);
    stage.put(frameOf());
    await vi.waitFor(() => expect(times).toHaveLength(1));
    expect(messages).toEqual([{ seen: 1 }]);
    expect(faults).toEqual([expect.any(TypeError)]);
    stage.soundContext?.send('from sound');
    expect(messages).toEqual([{ seen: 1 }, 'from sound']);
  });
});
