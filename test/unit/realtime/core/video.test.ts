import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VideoFrame } from '../../../../src/media/video-frame.js';
import { StreamCore } from '../../../../src/realtime/core/stream-core.js';
import { getCurrentContext } from '../../../../src/realtime/handlers/context.js';
import { AdditionalOutputs, CloseStream } from '../../../../src/realtime/handlers/outputs.js';
import { AudioVideoStreamHandler } from '../../../../src/realtime/handlers/stream-handler.js';
import { VideoStreamHandler } from '../../../../src/realtime/handlers/video-stream-handler.js';
import type { VideoFunction } from '../../../../src/realtime/handlers/video-stream-handler.js';
import { FakeLink } from '../../../support/fake-link.js';
import {
  connect,
  FrameCount,
  LogRecorder,
  sound,
  startOne,
} from '../../../support/realtime-core.js';

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

class Echo extends AudioVideoStreamHandler {
  static last: Echo;
  readonly seen: VideoFrame[] = [];
  keep = false;
  receiveError: Error | null = null;

  copy(): Echo {
    Echo.last = new Echo({ fps: this.fps });
    return Echo.last;
  }
  receive(): void {}
  emit(): null {
    return null;
  }
  videoReceive(frame: VideoFrame): void {
    this.seen.push(frame);
    if (this.receiveError) throw this.receiveError;
  }
  videoEmit(): VideoFrame | null {
    return this.keep ? null : (this.seen.shift() ?? null);
  }
}

describe('an audio-video handler', () => {
  it('sees pictures and shows them, both at once', async () => {
    const { core, connection, link } = await startOne({
      handler: new Echo(),
      modality: 'audio-video',
    });
    await vi.advanceTimersByTimeAsync(5);
    connection.receiveVideo(frames.frame());
    await settle();
    // Not at the next turn: it had nothing to show, and now it has.
    expect(link.shown).toHaveLength(1);
    for (let i = 0; i < 30; i++) {
      await vi.advanceTimersByTimeAsync(33);
      connection.receiveVideo(frames.frame());
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(link.shown).toHaveLength(31);
    const times = link.shown.map(({ timestamp }) => timestamp);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(new Set(times).size).toBe(31);
    await core.close();
    expect(frames.open).toBe(0);
  });

  it('is asked no more often than its fps, however many pictures come', async () => {
    const { core, connection, link } = await startOne({
      handler: new Echo({ fps: 10 }),
      modality: 'audio-video',
    });
    for (let i = 0; i < 1000; i++) {
      connection.receiveVideo(frames.frame());
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(link.shown.length).toBeLessThanOrEqual(11);
    await core.close();
    expect(frames.open).toBe(0);
  });

  it('has what it kept closed at the end', async () => {
    const { core, connection } = await startOne({
      handler: new Echo(),
      modality: 'audio-video',
    });
    Echo.last.keep = true;
    for (let i = 0; i < 200; i++) {
      connection.receiveVideo(frames.frame());
      await settle();
      if (i < 190) Echo.last.seen[i]?.close();
    }
    expect(frames.open).toBe(10);
    await core.close();
    expect(frames.open).toBe(0);
  });

  it('that fails has the picture closed', async () => {
    const { core, connection, link } = await startOne({
      handler: new Echo(),
      modality: 'audio-video',
    });
    Echo.last.keep = true;
    Echo.last.receiveError = new Error('boom');
    connection.receiveVideo(frames.frame());
    await settle();
    expect(frames.open).toBe(0);
    expect(link.types).toEqual(['error']);
    await core.close();
  });

  it.each([
    ['send', 0],
    ['receive', 3],
  ] as const)('works in mode %s', async (mode, shown) => {
    const { core, connection, link } = await startOne({
      handler: new Echo(),
      modality: 'audio-video',
      mode,
    });
    if (mode === 'receive') for (let i = 0; i < 3; i++) Echo.last.seen.push(frames.frame());
    else connection.receiveVideo(frames.frame());
    await vi.advanceTimersByTimeAsync(200);
    expect(link.shown).toHaveLength(shown);
    await core.close();
    expect(frames.open).toBe(0);
  });
});
