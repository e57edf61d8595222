import { describe, expect, it } from 'vitest';
import { ReplyOnPause } from '../../../../src/realtime/turn-taking/reply-on-pause.js';
import { ReplyOnStopWords } from '../../../../src/realtime/turn-taking/reply-on-stop-words.js';
import { readTurnOptions } from '../../../../src/realtime/turn-taking/turn-options.js';
import { LoudnessVad } from '../../../support/turn-harness.js';

const stt = { transcribe: async () => '' };
const bad: [message: string, options: unknown, kind: ErrorConstructor][] = [
  ['options: expected an object, got null', null, TypeError],
  ['unknown option "canInterupt", did you mean "canInterrupt"?', { canInterupt: false }, TypeError],
  ['unknown option "can_interrupt", did you mean', { can_interrupt: false }, TypeError],
  ['canInterrupt: expected true or false, got "no"', { canInterrupt: 'no' }, TypeError],
  ['canInterrupt: expected true or false, got null', { canInterrupt: null }, TypeError],
  ['needsArgs: ', { needsArgs: 1 }, TypeError],
  ['pushToTalk: ', { pushToTalk: 'yes' }, TypeError],
  ['startupFn: expected a function, got null', { startupFn: null }, TypeError],
  ['model: expected a VoiceActivityDetector, got {}', { model: {} }, TypeError],
  ['model: ', { model: null }, TypeError],
  ['logger: ', { logger: console.log }, TypeError],
  ['algoOptions: expected an object, got 5', { algoOptions: 5 }, TypeError],
  ['algoOptions: expected an object, got null', { algoOptions: null }, TypeError],
  [
    'unknown option "algoOptions.pausMs", did you mean "algoOptions.pauseMs"?',
    { algoOptions: { pausMs: 300 } },
    TypeError,
  ],
  [
    'algoOptions.pauseMs: expected 10 to 60000, got "300"',
    { algoOptions: { pauseMs: '300' } },
    TypeError,
  ],
  ['algoOptions.pauseMs: ', { algoOptions: { pauseMs: null } }, TypeError],
  ['algoOptions.pauseMs: ', { algoOptions: { pauseMs: 1 } }, RangeError],
  ['modelOptions: expected an object, got []', { modelOptions: [] }, TypeError],
  [
    'unknown option "modelOptions.treshold", did you mean',
    { modelOptions: { treshold: 1 } },
    TypeError,
  ],
  [
    'modelOptions.threshold: expected 0.01 to 1, got Symbol(x)',
    { modelOptions: { threshold: Symbol('x') } },
    TypeError,
  ],
  ['modelOptions.threshold: ', { modelOptions: { threshold: 2 } }, RangeError],
];

describe.each<[name: string, make: (options: unknown) => ReplyOnPause]>([
  ['ReplyOnPause', (options) => new ReplyOnPause(() => null, options as never)],
  [
    'ReplyOnStopWords',
    (options) => {
      const all = options === null ? null : { stt, ...(options as object) };
      return new ReplyOnStopWords(() => null, ['x'], all as never);
    },
  ],
])('options of %s', (_, make) => {
  it.each(bad)('are refused: %s', (message, options, kind) => {
    expect(() => make(options)).toThrow(message);
    expect(() => make(options)).toThrow(kind);
  });

  it('may be all there, or undefined', () => {
    const model = new LoudnessVad();
    const handler = make({
      model,
      canInterrupt: false,
      startupFn: undefined,
      algoOptions: { pauseMs: Infinity, speechThresholdMs: undefined },
      modelOptions: undefined,
      inputSampleRate: 16_000,
    });
    expect(handler.copy().options).toMatchObject({ model, canInterrupt: false });
  });
});

describe('ReplyOnStopWords', () => {
  it('refuses to be without options, and tells what is missing in them', () => {
    type Rest = [words: string[], options: never];
    const make = (...rest: unknown[]) => {
      return () => new ReplyOnStopWords(() => null, ...(rest as Rest));
    };
    expect(make()).toThrow('stopWords: expected at least one word, got undefined');
    expect(make(['x'])).toThrow('options: expected an object, got undefined');
    expect(make(['x'], {})).toThrow('stt: expected an object with a method transcribe, got undef');
    expect(make(['x', Symbol('y')], { stt })).toThrow('stopWords: expected words, got Symbol(y)');
  });
});

describe('options of turns', () => {
  it('take their defaults, and the pause from the others', () => {
    const { algo, model } = readTurnOptions({ audioChunkDurationMs: 800 }, { threshold: 0.6 });
    expect(algo).toMatchObject({ pauseMs: 700, speechThresholdMs: 100, bargeInThresholdMs: 32 });
    expect(model).toMatchObject({ threshold: 0.6, windowSizeSamples: 1024 });
    expect(readTurnOptions({ pauseMs: 300 }).algo.pauseMs).toBe(300);
    expect(readTurnOptions().algo.pauseMs).toBe(500);
  });
});

describe('a class of an application', () => {
  it('may have options of its own, also without a copy() of its own', () => {
    class Bot extends ReplyOnPause {
      constructor(options: { voice: string }) {
        super(() => null, { model: new LoudnessVad(), ...options });
      }
    }
    const bot = new Bot({ voice: 'alto' });
    expect(bot.copy().options).toMatchObject({ voice: 'alto' });
  });
});
