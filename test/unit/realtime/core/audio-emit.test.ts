import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AudioData } from '../../../../src/media/audio-data.js';
import { AdditionalOutputs, CloseStream } from '../../../../src/realtime/handlers/outputs.js';
import { giveOnce, onlyCopy, scripted, sound, startOne } from '../../../support/realtime-core.js';
import type { HandlerScript } from '../../../support/realtime-core.js';

const audio = (script?: HandlerScript): ReturnType<typeof scripted> =>
  scripted(script, { outputSampleRate: 48_000 });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('emit', () => {
  it('that gives nothing is called every 10 ms at most', async () => {
    const options = audio();
    const { core } = await startOne(options);
    await vi.advanceTimersByTimeAsync(1000);
    expect(onlyCopy(options.handler).emits).toBeLessThanOrEqual(101);
    expect(onlyCopy(options.handler).emits).toBeGreaterThan(90);
    await core.close();
  });

  it('that gives nothing for long is called less often, until it gives something', async () => {
    let item: AudioData | null = null;
    const options = audio({ emit: () => item });
    const { core, link } = await startOne(options);
    const handler = onlyCopy(options.handler);
    await vi.advanceTimersByTimeAsync(10_000);
    const before = handler.emits;
    await vi.advanceTimersByTimeAsync(1000);
    expect(handler.emits - before).toBe(25);
    item = sound(20);
    await vi.advanceTimersByTimeAsync(41);
    item = null;
    expect(link.played.length).toBeGreaterThan(0);
    await core.close();
  });

  it.each<[string, () => Promise<AudioData | null> | AudioData | null]>([
    ['nothing, asynchronously', () => Promise.resolve(null)],
    ['sound without samples', () => sound(0)],
    ['outputs', () => new AdditionalOutputs(1) as never],
  ])('that gives %s does not spin', async (_, emit) => {
    const options = audio({ emit });
    const { core } = await startOne(options);
    await vi.advanceTimersByTimeAsync(1000);
    expect(onlyCopy(options.handler).emits).toBeLessThanOrEqual(1001);
    await core.close();
  });

  it('lets others run though it always has sound and never waits', async () => {
    vi.useRealTimers();
    let others = 0;
    const timer = setInterval(() => (others += 1), 1);
    onTestFinished(() => clearInterval(timer));
    let n = 0;
    // 100,000 samples of 1 ms each: about 30 s.
    const options = audio({
      emit: async () => {
        n += 1;
        const until = performance.now() + 0.1;
        while (performance.now() < until);
        return sound(1);
      },
    });
    const { core } = await startOne(options);
    onTestFinished(() => core.close());
    await expect.poll(() => n, { timeout: 8000 }).toBeGreaterThan(1500);
    expect(others).toBeGreaterThan(5);
  });

  it('is called at once when sound has come', async () => {
    const heard: AudioData[] = [];
    const options = audio({
      receive: (frame) => void heard.push(frame),
      emit: () => heard.shift(),
    });
    const { core, connection, link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(25);
    connection.receiveAudio(sound(20));
    await vi.advanceTimersByTimeAsync(0);
    expect(link.played).toHaveLength(1);
    await core.close();
  });

  it('is called at once when inputs have come', async () => {
    const options = audio({
      emit() {
        return this.latestArgs === null ? null : new CloseStream(String(this.latestArgs[0]));
      },
    });
    const { core, link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(5);
    core.setInput('visitor', 'Bye');
    await vi.advanceTimersByTimeAsync(2);
    await vi.advanceTimersByTimeAsync(200);
    expect(link.messages).toEqual([{ type: 'end_stream', data: 'Bye' }]);
  });
});

describe('clearQueue', () => {
  it('throws away what waits, here and at the far end', async () => {
    const options = audio(giveOnce(sound(1000)));
    const { core, connection, link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(90);
    onlyCopy(options.handler).clearQueue();
    expect(onlyCopy(options.handler).connection.queuedAudioMs).toBe(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(link.played).toHaveLength(5);
    expect(link.cleared).toBe(1);
    expect(connection.stats.dropped.audioOutCleared).toBe(45);
    await core.close();
  });

  it('throws away what a call of emit under way gives, and nothing after that', async () => {
    const pending: ((value: AudioData) => void)[] = [];
    const options = audio({ emit: () => new Promise((resolve) => pending.push(resolve)) });
    const { core, link } = await startOne(options);
    onlyCopy(options.handler).clearQueue();
    pending.shift()?.(sound(40));
    await vi.advanceTimersByTimeAsync(0);
    expect(link.played).toHaveLength(0);
    pending.shift()?.(sound(20));
    await vi.advanceTimersByTimeAsync(0);
    expect(link.played).toHaveLength(1);
    await core.close();
  });

  it('keeps the outputs and the end that come with it', async () => {
    const pending: ((value: never) => void)[] = [];
    const options = audio({ emit: () => new Promise((resolve) => pending.push(resolve)) });
    const { connection, link } = await startOne(options);
    onlyCopy(options.handler).clearQueue();
    pending.shift()?.([sound(40), new AdditionalOutputs(1)] as never);
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.stats.outputs).toBe(1);
    onlyCopy(options.handler).clearQueue();
    pending.shift()?.([sound(40), new CloseStream('Bye')] as never);
    await vi.advanceTimersByTimeAsync(200);
    expect(link.played).toHaveLength(0);
    expect(link.closedWith).toEqual(['stream-ended']);
  });

  it('called by emit itself spares what that call gives', async () => {
    let first = true;
    const options = audio({
      async emit() {
        if (!first) return null;
        first = false;
        await Promise.resolve();
        this.clearQueue();
        return sound(20);
      },
    });
    const { core, link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(50);
    expect(link.played).toHaveLength(1);
    await core.close();
  });

  it('lets the next sound begin at once', async () => {
    const items: unknown[] = [sound(1000)];
    const options = audio({ emit: () => items.shift() as AudioData });
    const { core, link } = await startOne(options);
    await vi.advanceTimersByTimeAsync(50);
    onlyCopy(options.handler).clearQueue();
    items.push(sound(20));
    await vi.advanceTimersByTimeAsync(10);
    expect(link.played).toHaveLength(4);
    await core.close();
  });
});

describe('a generator of sound', () => {
  it('is played, and ends the connection', async () => {
    function* beeps(): Generator<AudioData> {
      yield sound(40);
      yield sound(40);
    }
    const { link } = await startOne({ handler: beeps, modality: 'audio', mode: 'receive' });
    await vi.advanceTimersByTimeAsync(500);
    expect(link.played).toHaveLength(4);
    expect(link.messages).toEqual([{ type: 'end_stream', data: 'Stream closed' }]);
  });

  it('waits for inputs when it needs some', async () => {
    async function* beeps(ms: number): AsyncGenerator<AudioData> {
      yield sound(ms);
      await new Promise(() => undefined);
    }
    const { core, link } = await startOne({ handler: beeps, modality: 'audio', mode: 'receive' });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(link.messages).toEqual([{ type: 'send_input', data: [] }]);
    core.setInput('visitor', 60);
    await vi.advanceTimersByTimeAsync(100);
    expect(link.played).toHaveLength(3);
    const closing = core.close();
    // Its generator cannot be ended while it waits.
    await vi.advanceTimersByTimeAsync(5000);
    await closing;
  });

  it('is ended with its connection, and cleans up', async () => {
    let cleaned = 0;
    function* endless(): Generator<AudioData> {
      try {
        for (;;) yield sound(1000);
      } finally {
        cleaned += 1;
      }
    }
    const { core } = await startOne({ handler: endless, modality: 'audio', mode: 'receive' });
    await vi.advanceTimersByTimeAsync(100);
    await core.close();
    expect(cleaned).toBe(1);
  });

  it('begins anew when it has thrown', async () => {
    let runs = 0;
    function* flaky(): Generator<AudioData> {
      runs += 1;
      yield sound(20);
      if (runs === 1) throw new Error('boom');
    }
    const { link } = await startOne({ handler: flaky, modality: 'audio', mode: 'receive' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs).toBe(2);
    expect(link.types).toEqual(['error', 'end_stream']);
  });

  it('that is none is told what it gave', async () => {
    const handler = (() => 'sound') as never;
    const { core, link } = await startOne({ handler, modality: 'audio', mode: 'receive' });
    await vi.advanceTimersByTimeAsync(5);
    expect(link.messages[0]?.message).toBe('handler: expected a generator, got a string');
    await core.close();
  });
});
