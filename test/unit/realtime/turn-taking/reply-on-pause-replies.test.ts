import { describe, expect, it, vi } from 'vitest';
import type { AudioData } from '../../../../src/media/audio-data.js';
import { AdditionalOutputs, CloseStream } from '../../../../src/realtime/handlers/outputs.js';
import type { AudioOutput } from '../../../../src/realtime/handlers/outputs.js';
import type { ReplyFunction } from '../../../../src/realtime/turn-taking/reply-on-pause.js';
import { FakeHandlerConnection } from '../../../support/fake-handler-connection.js';
import { answerTurns as start, never, piece, settle, turn } from '../../../support/turn-harness.js';

describe('what a reply function gives', () => {
  const outputs = new AdditionalOutputs('text');
  const both: AudioOutput = [piece(), outputs];
  const close = new CloseStream('bye');

  it.each<[string, ReplyFunction, number]>([
    [
      'a generator',
      function* () {
        yield piece();
        yield both;
        yield close;
      },
      3,
    ],
    [
      'an asynchronous generator',
      async function* () {
        await settle();
        yield piece();
        yield null;
        yield outputs;
      },
      2,
    ],
    ['an asynchronous function', async () => piece(), 1],
    ['a function', () => both, 1],
    ['a promise of an iterable', async () => new Set([piece(), piece()]), 2],
    ['nothing', () => undefined, 0],
  ])('is passed on: %s', async (_name, fn, count) => {
    const harness = start(fn);
    await harness.say(500);
    await harness.hush(800);
    await vi.waitFor(() => expect(harness.handler.replying).toBe(false));
    expect(harness.outputs).toHaveLength(count);
    // Also when there is no sound at all, at the end.
    expect(harness.said).toEqual(turn);
  });

  it('is an error when it throws; the next turn is answered', async () => {
    let calls = 0;
    const harness = start(function* () {
      calls += 1;
      yield piece();
      if (calls === 1) throw new Error('boom');
    });
    for (let i = 0; i < 2; i += 1) {
      await harness.say(500);
      await harness.hush(800);
    }
    expect(harness.errors).toEqual([new Error('boom')]);
    expect(harness.said).toEqual([...turn, ...turn]);
    expect(harness.outputs).toHaveLength(2);
  });

  it.each<[string, ReplyFunction]>([
    ['before its first output', () => never()],
    [
      'in the midst of it',
      async function* () {
        yield piece();
        await never();
      },
    ],
  ])('may never come to an end %s: the next turn is answered all the same', async (_when, hang) => {
    let calls = 0;
    const harness = start((audio) => {
      calls += 1;
      return calls === 1 ? hang(audio) : piece(2);
    });
    await harness.say(500);
    await harness.hush(800);
    await harness.say(500);
    await harness.hush(800);
    expect(calls).toBe(2);
    expect((harness.outputs.at(-1) as AudioData).toInt16()[0]).toBe(2);
    await harness.end();
  });
});

describe('inputs', () => {
  function answering(args: unknown[], transport?: 'telephone'): FakeHandlerConnection {
    const connection = new FakeHandlerConnection('visitor', transport);
    connection.waitForArgs = async () => {
      if (!connection.phoneMode) connection.sendMessage({ type: 'send_input', data: [] });
      return connection.phoneMode ? (connection.latestArgs ?? []) : args;
    };
    return connection;
  }

  it('are asked for when the function takes some', async () => {
    const calls: unknown[][] = [];
    const fn = (_audio: AudioData, text: string, level: number): AudioData => {
      calls.push([text, level]);
      return piece();
    };
    const harness = start(fn, {}, answering(['hello', 3]));
    await harness.say(500);
    await harness.hush(800);
    expect(calls).toEqual([['hello', 3]]);
    expect(harness.said).toEqual([
      'started_talking',
      'pause_detected',
      'send_input',
      'response_starting',
    ]);
  });

  it('are asked for when needsArgs says so, and for startupFn', async () => {
    const calls: unknown[][] = [];
    const harness = start(
      (_audio, ...rest) => void calls.push(rest),
      { needsArgs: true, startupFn: (name: string) => void calls.push([name]) },
      answering(['x']),
    );
    await settle();
    expect(harness.said).toEqual(['send_input', 'response_starting']);
    harness.handler.triggerResponse();
    await settle();
    expect(calls).toEqual([['x'], ['x']]);
  });

  it('that never come are an error, and hold nothing up', async () => {
    const harness = start((_audio: AudioData, _text: string) => piece());
    harness.handler.triggerResponse();
    await settle();
    expect(harness.errors).toHaveLength(1);
    expect(harness.handler.replying).toBe(false);
  });

  it('are the outputs of the turn before, on a telephone', async () => {
    const calls: unknown[][] = [];
    const connection = answering([], 'telephone');
    const harness = start(
      function* (_audio: AudioData, history: string[] = []) {
        calls.push(history);
        yield piece();
        yield [piece(), new AdditionalOutputs([...history, 'turn'])] as const;
      },
      { needsArgs: true },
      connection,
    );
    for (let i = 0; i < 3; i += 1) {
      harness.handler.triggerResponse();
      await settle();
    }
    expect(calls).toEqual([[], ['turn'], ['turn', 'turn']]);
    connection.latestArgs = [['set']];
    harness.handler.triggerResponse();
    await settle();
    expect(calls[3]).toEqual(['set']);
  });
});
