import { describe, expect, it, vi } from 'vitest';
import type { AudioData } from '../../../../src/media/audio-data.js';
import type { ReplyFunction } from '../../../../src/realtime/turn-taking/reply-on-pause.js';
import { getReplySignal } from '../../../../src/realtime/turn-taking/reply.js';
import {
  answerTurns as start,
  never,
  piece,
  recordReplies as recorder,
  settle,
  turn,
} from '../../../support/turn-harness.js';

describe('interruption', () => {
  /** Talks until it is told to stop. */
  function talker(): { fn: ReplyFunction; state: { returned: number; made: number } } {
    const state = { returned: 0, made: 0 };
    return {
      state,
      async *fn() {
        try {
          for (;;) {
            await settle();
            state.made += 1;
            yield piece(state.made);
          }
        } finally {
          state.returned += 1;
        }
      },
    };
  }

  it('ends the reply and empties the queues when speech begins', async () => {
    const { fn, state } = talker();
    const harness = start(fn);
    await harness.say(500);
    await harness.hush(800);
    await vi.waitFor(() => expect(harness.outputs.length).toBeGreaterThan(3));
    let spoken = 0;
    while (harness.handler.replying && spoken < 500) {
      await harness.say(20);
      spoken += 20;
    }
    // Before the turn has even begun.
    expect(spoken).toBeGreaterThanOrEqual(60);
    expect(spoken).toBeLessThanOrEqual(120);
    expect(harness.connection.cleared).toBe(1);
    const { length } = harness.outputs;
    await settle();
    expect(state.returned).toBe(1);
    expect(harness.outputs).toHaveLength(length);
    await harness.say(500);
    await harness.hush(800);
    expect(harness.said).toEqual([...turn, ...turn]);
  });

  it('silences a reply that has been made but is still playing', async () => {
    const harness = start(() => piece());
    await harness.say(500);
    await harness.hush(800);
    expect(harness.handler.replying).toBe(false);
    expect(harness.connection.cleared).toBe(0);
    await harness.say(200);
    expect(harness.connection.cleared).toBe(1);
  });

  it('is not done by a click, nor by a single window', async () => {
    const { fn } = talker();
    const harness = start(fn);
    await harness.say(500);
    // To the beginning of a window, so that none of them lies in two.
    await harness.hush(1100);
    for (let i = 0; i < 5; i += 1) {
      await harness.say(20);
      await harness.hush(300);
    }
    expect(harness.handler.replying).toBe(true);
  });

  it('waits for the pause when bargeInThresholdMs is Infinity', async () => {
    const { fn, state } = talker();
    const harness = start(fn, { algoOptions: { bargeInThresholdMs: Infinity } });
    await harness.say(500);
    await harness.hush(800);
    await harness.say(600);
    expect(state.returned).toBe(0);
    await harness.hush(800);
    expect(state.returned).toBe(1);
    expect(harness.connection.cleared).toBe(1);
  });

  it('tells the function by its signal', async () => {
    const signals: AbortSignal[] = [];
    const harness = start(async () => {
      signals.push(getReplySignal());
      await never();
    });
    await harness.say(500);
    await harness.hush(800);
    expect(signals[0]?.aborted).toBe(false);
    await harness.say(200);
    expect(signals[0]?.aborted).toBe(true);
    expect(harness.errors).toEqual([]);
    expect(() => getReplySignal()).toThrow('no reply');
  });

  it('keeps what is said while a reply ends', async () => {
    const { calls, fn } = recorder();
    let finish = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const harness = start(
      async function* (audio) {
        const first = calls.length === 0;
        yield* fn(audio);
        if (first) await gate;
      },
      { algoOptions: { bargeInThresholdMs: Infinity } },
    );
    await harness.say(500);
    await harness.hush(800);
    await harness.say(300, 11_000);
    finish();
    await settle();
    expect(harness.handler.replying).toBe(false);
    await harness.say(300, 12_000);
    await harness.hush(800);
    const samples = calls[1]?.audio.toInt16() ?? new Int16Array();
    expect(samples.filter((value) => value === 11_000).length / 16).toBe(300);
    expect(samples.filter((value) => value === 12_000).length / 16).toBe(300);
  });

  it('does not happen when it must not: what is said meanwhile is not heard', async () => {
    let finish = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let calls = 0;
    const harness = start(
      async function* () {
        calls += 1;
        yield piece();
        if (calls === 1) await gate;
      },
      { canInterrupt: false },
    );
    await harness.say(500);
    await harness.hush(800);
    await harness.say(500);
    await harness.hush(800);
    harness.handler.triggerResponse();
    harness.handler.startTalking();
    expect(calls).toBe(1);
    expect(harness.handler.talking).toBe(false);
    finish();
    harness.connection.queuedAudioMs = 500;
    await settle();
    await harness.say(500);
    expect(harness.handler.talking).toBe(false);
    harness.connection.queuedAudioMs = 0;
    await harness.hush(200);
    await harness.say(500);
    await harness.hush(800);
    expect(calls).toBe(2);
    expect(harness.connection.cleared).toBe(0);
  });

  it('is done by stop_chat', async () => {
    const { fn, state } = talker();
    const harness = start(fn);
    harness.handler.triggerResponse();
    await vi.waitFor(() => expect(harness.outputs.length).toBeGreaterThan(1));
    await harness.handler.onChat({ type: 'stop_chat', data: '' });
    await settle();
    expect(state.returned).toBe(1);
    expect(harness.connection.cleared).toBe(1);
    harness.handler.interrupt();
    expect(harness.connection.cleared).toBe(1);
  });

  it('leaves a reply alone when the queue is cleared by the handler itself', async () => {
    const harness = start(async function* () {
      yield piece(1);
      await settle();
      harness.handler.clearQueue();
      yield piece(2);
      await settle();
      yield piece(3);
    });
    harness.handler.triggerResponse();
    await vi.waitFor(() => expect(harness.handler.replying).toBe(false));
    expect((harness.outputs.at(-1) as AudioData).toInt16()[0]).toBe(3);
  });
});
