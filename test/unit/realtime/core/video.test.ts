import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VideoFrame } from '../../../../src/media/video-frame.js';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import { getCurrentContext } from '../../../../src/realtime/handlers/context.js';
import { AdditionalOutputs, CloseStream } from '../../../../src/realtime/handlers/outputs.js';
import { VideoStreamHandler } from '../../../../src/realtime/handlers/video-stream-handler.js';
import type { VideoFunction } from '../../../../src/realtime/handlers/video-stream-handler.js';
import { FakeLink } from '../../../support/fake-link.js';
import { connect, FrameCount, sound, startOne } from '../../../support/realtime-core.js';

const never = (): Promise<never> => new Promise(() => undefined);

let frames: FrameCount;
beforeEach(() => {
  vi.useFakeTimers();
  frames = new FrameCount();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs what is due now. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('a function on pictures', () => {
  it('gives the same picture back, or another, at the time of the client’s', async () => {
    const handler: VideoFunction = (frame) => (frame.codedWidth === 4 ? frame : frames.frame(7, 8));
    const { core, connection, link } = await startOne({ handler });
    connection.receiveVideo(frames.frame(1000, 4));
    connection.receiveVideo(frames.frame(2000, 6));
    await settle();
    expect(link.shown.map(({ timestamp, codedWidth }) => [timestamp, codedWidth])).toEqual([
      [1000, 4],
      [2000, 8],
    ]);
    expect(connection.stats).toMatchObject({ videoIn: 2, videoOut: 2 });
    expect(frames.open).toBe(0);
    await core.close();
  });

  it('may give outputs, the end, or nothing', async () => {
    const results = [
      (frame: VideoFrame) => [frame, new AdditionalOutputs('a')],
      () => new AdditionalOutputs('b'),
      () => null,
      () => undefined,
      async (frame: VideoFrame) => [frame, new CloseStream('Bye')],
    ];
    const handler = ((frame: VideoFrame) => results.shift()?.(frame)) as VideoFunction;
    const { connection, link } = await startOne({ handler });
    for (let i = 0; i < 5; i++) {
      connection.receiveVideo(frames.frame(i));
      await settle();
    }
    expect(link.shown.map(({ timestamp }) => timestamp)).toEqual([0, 4]);
    expect(connection.stats.outputs).toBe(2);
    expect(link.types).toEqual(['fetch_output', 'fetch_output', 'end_stream']);
    expect(link.closedWith).toEqual(['stream-ended']);
    expect(frames.open).toBe(0);
  });

  it('is not called before the inputs that it needs, and gets the newest', async () => {
    const seen: unknown[][] = [];
    const handler = ((frame: VideoFrame, ...inputs: unknown[]) => {
      seen.push(inputs);
      return frame;
    }) as VideoFunction;
    Object.defineProperty(handler, 'length', { value: 2 });
    const { core, connection, link } = await startOne({ handler });
    const push = async (): Promise<void> => {
      connection.receiveVideo(frames.frame());
      await settle();
    };
    await push();
    expect(seen).toEqual([]);
    expect(link.shown).toHaveLength(1);
    expect(core.setInput('visitor', 0.3, 'edges')).toBe(true);
    await push();
    core.setInput('visitor', 0.5);
    await push();
    expect(seen).toEqual([[0.3, 'edges'], [0.5]]);
    expect(link.shown).toHaveLength(3);
    await core.close();
  });

  it('that can do without inputs is called from the first picture on', async () => {
    const handler: VideoFunction = (frame, strength = 1) => {
      expect(strength).toBe(1);
      return frame;
    };
    const { core, connection, link } = await startOne({ handler });
    connection.receiveVideo(frames.frame());
    await settle();
    expect(link.shown).toHaveLength(1);
    expect(link.types).toEqual([]);
    await core.close();
  });

  it.each([
    [false, 4, [0, 6, 7, 8, 9]],
    [true, 1, [0, 9]],
  ])('that is slow loses the oldest pictures (skipFrames %s)', async (skipFrames, _, seen) => {
    const done: (() => void)[] = [];
    const callable: VideoFunction = (frame) =>
      new Promise((resolve) => done.push(() => resolve(frame)));
    const handler = new VideoStreamHandler(callable, { skipFrames });
    const { core, connection, link } = await startOne({ handler });
    for (let i = 0; i < 10; i++) {
      connection.receiveVideo(frames.frame(i));
      await settle();
    }
    expect(frames.open).toBe(seen.length);
    while (done.length > 0) {
      done.shift()?.();
      await settle();
    }
    expect(link.shown.map(({ timestamp }) => timestamp)).toEqual(seen);
    expect(connection.stats.dropped.videoInFull).toBe(10 - seen.length);
    expect(frames.open).toBe(0);
    await core.close();
  });

  it('waits for a client that does not read', async () => {
    const link = new FakeLink();
    let taken: () => void = () => undefined;
    link.showing = new Promise((resolve) => (taken = resolve));
    let calls = 0;
    const handler: VideoFunction = (frame) => {
      calls += 1;
      return frame;
    };
    const { core, connection } = await startOne({ handler }, link);
    for (let i = 0; i < 20; i++) connection.receiveVideo(frames.frame(i));
    await settle();
    expect(calls).toBe(1);
    expect(frames.open).toBe(5);
    taken();
    await settle();
    expect(calls).toBe(5);
    await core.close();
  });

  it('in mode send is asked for outputs only', async () => {
    const handler: VideoFunction = (frame) => [frame, new AdditionalOutputs(frame.timestamp)];
    const { core, connection, link } = await startOne({ handler, mode: 'send' });
    connection.receiveVideo(frames.frame(1));
    await settle();
    expect(link.shown).toHaveLength(0);
    expect(connection.stats.outputs).toBe(1);
    expect(frames.open).toBe(0);
    await core.close();
  });

  it.each<[string, (frame: VideoFrame) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['gives a string', () => 'frame'],
    ['gives a sharp thing', () => ({ toBuffer: () => null })],
    ['gives pictures and a string', (frame) => [frames.frame(), 'x', frame]],
    ['gives two pictures', (frame) => [frame, frames.frame()]],
    [
      'gives a closed picture',
      (frame) => {
        frame.close();
        return frame;
      },
    ],
    ['gives sound', () => sound(20)],
  ])('that %s loses that picture, not the next', async (_, fail) => {
    let calls = 0;
    const handler = ((frame: VideoFrame) => (++calls === 1 ? fail(frame) : frame)) as VideoFunction;
    const { core, connection, link } = await startOne({ handler });
    connection.receiveVideo(frames.frame(1));
    connection.receiveVideo(frames.frame(2));
    await settle();
    expect(link.shown.map(({ timestamp }) => timestamp)).toEqual([2]);
    expect(link.types).toEqual(['error']);
    expect(connection.stats).toMatchObject({ handlerErrors: 1, dropped: { videoFailed: 1 } });
    expect(frames.open).toBe(0);
    await core.close();
  });

  it('that keeps its picture open without giving it has it closed', async () => {
    const kept: VideoFrame[] = [];
    const handler: VideoFunction = (frame) => {
      kept.push(frame.clone());
      return frames.frame();
    };
    const { core, connection } = await startOne({ handler });
    connection.receiveVideo(frames.frame());
    await settle();
    expect(frames.open).toBe(1);
    kept[0]?.close();
    expect(frames.open).toBe(0);
    await core.close();
  });

  it('that never returns holds nobody else, and its picture is closed at the end', async () => {
    const handler: VideoFunction = (frame) =>
      getCurrentContext().webrtcId === 'stuck' ? never() : frame;
    const core = new StreamCore({ handler, concurrencyLimit: 2 });
    const stuck = await connect(core, 'stuck');
    const fine = await connect(core, 'fine');
    for (const { connection } of [stuck, fine]) {
      connection.start();
      connection.receiveVideo(frames.frame());
    }
    await settle();
    expect(fine.link.shown).toHaveLength(1);
    expect(frames.open).toBe(1);
    await core.close();
    expect(frames.open).toBe(0);
  });

  it('that answers after the end has its picture closed', async () => {
    let answer: () => void = () => undefined;
    const handler: VideoFunction = () =>
      new Promise((resolve) => (answer = () => resolve(frames.frame())));
    const { core, connection, link } = await startOne({ handler });
    connection.receiveVideo(frames.frame());
    connection.receiveVideo(frames.frame());
    await core.close();
    answer();
    await settle();
    connection.receiveVideo(frames.frame());
    expect(frames.open).toBe(0);
    expect(link.shown).toHaveLength(0);
  });

  it('that is a bound method works', async () => {
    class Painter {
      painted = 0;
      paint(frame: VideoFrame): VideoFrame {
        this.painted += 1;
        return frame;
      }
    }
    const painter = new Painter();
    const { core, connection } = await startOne({ handler: painter.paint.bind(painter) });
    connection.receiveVideo(frames.frame());
    await settle();
    expect(painter.painted).toBe(1);
    await core.close();
  });
});
