import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ReplyOnPause } from '../../../../src/realtime/turn-taking/reply-on-pause.js';
import {
  answerTurns as start,
  LoudnessVad,
  piece,
  recordReplies as recorder,
  settle,
  turn,
  TurnHarness,
} from '../../../support/turn-harness.js';

describe('ReplyOnPause', () => {
  it('has the options of the original, and their defaults', () => {
    const handler = new ReplyOnPause(() => null, { model: new LoudnessVad() });
    expect(handler).toMatchObject({
      expectedLayout: 'mono',
      inputSampleRate: 48_000,
      outputSampleRate: 24_000,
    });
  });

  it.each([
    ['fn', () => new ReplyOnPause('no' as never)],
    ['startupFn', () => new ReplyOnPause(() => null, { startupFn: 1 as never })],
    ['pauseMs', () => new ReplyOnPause(() => null, { algoOptions: { pauseMs: NaN } })],
    ['threshold', () => new ReplyOnPause(() => null, { modelOptions: { threshold: 2 } })],
    ['outputSampleRate', () => new ReplyOnPause(() => null, { outputSampleRate: 22_051 })],
  ])('refuses a wrong %s by name', (name, make) => {
    expect(make).toThrow(name);
  });

  it('makes copies that share the detector, not the state', async () => {
    const model = new LoudnessVad();
    const prototype = new ReplyOnPause(() => piece(), { model, inputSampleRate: 16_000 });
    const first = new TurnHarness(prototype).start();
    const second = new TurnHarness(prototype).start();
    await first.say(400);
    expect(first.handler.talking).toBe(true);
    expect(second.handler.talking).toBe(false);
    await second.hush(100);
    expect(model.sessions).toBe(2);
    await first.end();
    await second.end();
    expect(model.closed).toBe(2);
  });

  it('tells of a turn in the order of the original, once each', async () => {
    const { calls, fn } = recorder(piece(1), piece(2), piece(3));
    const harness = start(fn);
    await harness.hush(1000);
    await harness.say(1000);
    expect(harness.said).toEqual(turn.slice(0, 1));
    await harness.hush(1000);
    expect(harness.said).toEqual(turn);
    expect(harness.outputs).toHaveLength(3);
    expect(calls).toHaveLength(1);
    await harness.say(1000);
    await harness.hush(1000);
    expect(harness.said).toEqual([...turn, ...turn]);
    expect(harness.outputs).toHaveLength(6);
  });

  it('starts after 0.2 s of speech, and pauses 0.5 s after it, within a window', async () => {
    const harness = start(() => piece());
    await harness.hush(320);
    let begun = 0;
    while (!harness.said.includes('started_talking')) {
      await harness.say(20);
      begun += 20;
    }
    expect(begun).toBeGreaterThanOrEqual(220);
    expect(begun).toBeLessThanOrEqual(300);
    await harness.say(1000);
    let silent = 0;
    while (!harness.said.includes('pause_detected')) {
      await harness.hush(20);
      silent += 20;
    }
    expect(silent).toBeGreaterThanOrEqual(500);
    expect(silent).toBeLessThanOrEqual(580);
  });

  it.each([100, 300, 1000])('ends a turn after a pause of %s ms, if told so', async (pauseMs) => {
    const harness = start(() => piece(), { algoOptions: { pauseMs } });
    await harness.say(1000);
    let silent = 0;
    while (!harness.said.includes('pause_detected')) {
      await harness.hush(20);
      silent += 20;
    }
    expect(silent).toBeGreaterThanOrEqual(pauseMs);
    expect(silent).toBeLessThanOrEqual(pauseMs + 84);
  });

  it('takes a short noise for nothing', async () => {
    const harness = start(() => piece());
    for (let i = 0; i < 5; i += 1) {
      await harness.say(100);
      await harness.hush(900);
    }
    expect(harness.said).toEqual([]);
  });

  it('is not held open by short noises, nor ended by short silences', async () => {
    const harness = start(() => piece());
    for (let i = 0; i < 5; i += 1) {
      await harness.say(500);
      await harness.hush(380);
    }
    expect(harness.said).toEqual(['started_talking']);
    await harness.say(60);
    expect(harness.said).toEqual(['started_talking']);
    await harness.hush(200);
    await vi.waitFor(() => expect(harness.said).toEqual(turn));
  });

  it('gives sound from before the beginning of speech to the end of the silence', async () => {
    const { calls, fn } = recorder(piece());
    const harness = start(fn);
    await harness.feed(2000, 7);
    await harness.say(1000);
    await harness.feed(1000, 9);
    const [call] = calls;
    const samples = call?.audio.toInt16() ?? new Int16Array();
    const beginning = samples.indexOf(10_000) / 16;
    const end = samples.lastIndexOf(10_000) / 16;
    expect(call?.audio).toMatchObject({ sampleRate: 16_000, numberOfChannels: 1, format: 's16' });
    expect(samples[0]).toBe(7);
    expect(beginning).toBeGreaterThanOrEqual(400);
    expect(beginning).toBeLessThanOrEqual(500);
    expect(end - beginning).toBeCloseTo(1000, 0);
    expect(samples.length / 16 - end).toBeGreaterThanOrEqual(500);
    // In time, too.
    expect(call?.audio.timestamp).toBeCloseTo((2000 - beginning) * 1000, -2);
    expect(harness.errors).toEqual([]);
  });

  it('gives stereo sound as it came', async () => {
    const { calls, fn } = recorder(piece());
    const harness = start(fn, { expectedLayout: 'stereo', inputSampleRate: 48_000 });
    await harness.say(1000);
    await harness.hush(1000);
    expect(calls[0]?.audio).toMatchObject({ sampleRate: 48_000, numberOfChannels: 2 });
    expect(calls[0]?.audio.numberOfFrames).toBeGreaterThan(48_000);
  });

  it('cuts a turn that is too long, and loses nothing', async () => {
    const { calls, fn } = recorder(piece());
    const harness = start(fn, {
      algoOptions: { maxContinuousSpeechMs: 1000 },
      modelOptions: { speechPadMs: 0 },
    });
    // In real time, a reply ends before the next turn does.
    for (let i = 0; i < 7; i += 1) await harness.say(500);
    await harness.hush(1000);
    expect(calls.length).toBeGreaterThanOrEqual(4);
    const spoken = calls.flatMap(({ audio }) =>
      [...audio.toInt16()].filter((value) => value !== 0),
    );
    expect(spoken.length / 16).toBe(3500);
    for (const { audio } of calls.slice(0, 3)) expect(audio.numberOfFrames / 16).toBeCloseTo(1000);
  });

  it('keeps little while nobody talks, and no more than 10 minutes of a turn', async () => {
    const { calls, fn } = recorder(piece());
    const harness = start(fn, { inputSampleRate: 8000, algoOptions: { pauseMs: Infinity } });
    await harness.hush(20_000);
    await harness.say(400);
    harness.handler.triggerResponse();
    await settle();
    expect((calls[0]?.audio.duration ?? 0) / 1e6).toBeLessThan(1);
    await harness.say(10 * 60_000 + 2000);
    expect(calls).toHaveLength(2);
    expect((calls[1]?.audio.duration ?? 0) / 1e6).toBeCloseTo(600, 0);
  });

  it('counts sound that stops coming as silence', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const harness = start(() => piece());
    await harness.say(1000);
    vi.advanceTimersByTime(1400);
    expect(harness.said).toEqual(['started_talking']);
    vi.advanceTimersByTime(200);
    await settle();
    expect(harness.said).toEqual(turn);
  });
});

describe('other ways to begin and end a turn', () => {
  it('triggerResponse answers what was said so far, or no sound at all', async () => {
    const { calls, fn } = recorder(piece());
    const harness = start(fn);
    await harness.hush(500);
    harness.handler.triggerResponse();
    await settle();
    expect(harness.said).toEqual(turn.slice(1));
    expect(calls[0]?.audio).toMatchObject({ numberOfFrames: 0, sampleRate: 16_000 });
    await harness.say(1000);
    harness.handler.triggerResponse();
    await settle();
    expect(calls[1]?.audio.numberOfFrames).toBeGreaterThanOrEqual(16_000);
    // The rest of the sentence does not interrupt the reply that it triggered.
    await harness.say(100);
    expect(harness.said).toEqual([...turn.slice(1), ...turn]);
  });

  it('push-to-talk messages begin and end a turn, however silent it is', async () => {
    const { calls, fn } = recorder(piece());
    const harness = start(fn, { pushToTalk: true });
    await harness.say(1000);
    expect(harness.said).toEqual([]);
    await harness.handler.onMessage('{"type":"push_to_talk","data":"start"}');
    await harness.hush(3000);
    expect(harness.handler.talking).toBe(true);
    await harness.handler.onMessage('{"type":"push_to_talk","data":"stop"}');
    await settle();
    expect(calls[0]?.audio.duration).toBe(3_000_000);
    expect(harness.said).toEqual(turn);
    for (const message of ['{"type":"push_to_talk"}', '"push_to_talk"', 'x"push_to_talk"', 'x']) {
      await harness.handler.onMessage(message);
    }
    harness.handler.stopTalking();
    await settle();
    expect(calls).toHaveLength(1);
  });

  it('push-to-talk works beside the voice activity detector', async () => {
    const model = new LoudnessVad();
    const { calls, fn } = recorder(piece());
    const harness = start(fn, { model });
    await harness.say(500);
    await harness.hush(800);
    harness.handler.startTalking();
    const { windows } = model;
    await harness.say(200);
    await harness.hush(2000);
    harness.handler.stopTalking();
    await settle();
    expect(model.windows).toBe(windows);
    expect(calls[1]?.audio.duration).toBe(2_200_000);
    await harness.say(500);
    await harness.hush(800);
    expect(calls).toHaveLength(3);
    expect(harness.said).toEqual([...turn, ...turn, ...turn]);
  });

  it('startupFn speaks first, and may be interrupted', async () => {
    const harness = start(() => piece(2), {
      *startupFn() {
        yield piece(1);
        yield piece(1);
      },
    });
    await settle();
    expect(harness.said).toEqual(['response_starting']);
    expect(harness.outputs).toHaveLength(2);
    await harness.say(500);
    expect(harness.connection.cleared).toBe(1);
    await harness.hush(800);
    expect(harness.said).toEqual(['response_starting', ...turn]);
  });
});
