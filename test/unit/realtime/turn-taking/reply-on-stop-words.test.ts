import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AudioData } from '../../../../src/media/audio-data.js';
import { ReplyOnStopWords } from '../../../../src/realtime/turn-taking/reply-on-stop-words.js';
import type { ReplyFunction } from '../../../../src/realtime/turn-taking/reply-on-pause.js';
import type { SpeechToText } from '../../../../src/realtime/turn-taking/speech-to-text.js';
import { StopWords } from '../../../../src/realtime/turn-taking/stop-words.js';
import { LoudnessVad, settle, TurnHarness } from '../../../support/turn-harness.js';

/** "Hears" what the loudness of the sound says. */
class LoudnessToText implements SpeechToText {
  readonly heard: AudioData[] = [];
  readonly vocabulary = new Map([
    [10_000, 'something else'],
    [20_000, 'Hey, Computer!'],
  ]);
  /** What each transcription waits for. */
  gate: Promise<void> = Promise.resolve();
  fault: Error | null = null;

  async transcribe(audio: AudioData): Promise<string> {
    this.heard.push(audio);
    await this.gate;
    if (this.fault) throw this.fault;
    const loudest = Math.max(...audio.toInt16());
    const [, text = ''] =
      [...this.vocabulary].find(([level]) => Math.abs(level - loudest) < 100) ?? [];
    return ` ${text} `;
  }
}

function start(fn: ReplyFunction, stt: SpeechToText): TurnHarness {
  const options = { inputSampleRate: 16_000, model: new LoudnessVad(), stt };
  const harness = new TurnHarness(new ReplyOnStopWords(fn, ['hey computer'], options)).start();
  onTestFinished(() => harness.end());
  return harness;
}

function piece(): AudioData {
  return AudioData.from(new Int16Array(480).fill(1), { sampleRate: 24_000 });
}

describe('StopWords', () => {
  const words = new StopWords(['Computer', 'hey  you', 'Öl!', 'c++']);

  it.each([
    ['Computer', 'the COMPUTER, please'],
    ['Computer', 'computer'],
    ['hey  you', 'well hey you.'],
    ['hey  you', 'Hey,\n you!'],
    ['Öl!', 'mehr öl!'],
    ['c++', 'in C++ it is'],
  ])('finds %s in %j', (word, text) => {
    expect(words.find(text)).toBe(word);
  });

  it.each(['computers', 'minicomputer', 'heyyou', 'hey there you', 'kröl!', ''])(
    'finds nothing in %j',
    (text) => {
      expect(words.find(text)).toBeNull();
    },
  );

  it('refuses none, and such that are none', () => {
    expect(() => new StopWords([])).toThrow(TypeError);
    expect(() => new StopWords([' '])).toThrow('stopWords');
    expect(() => new StopWords('computer' as never)).toThrow(TypeError);
  });
});

describe('ReplyOnStopWords', () => {
  it('refuses to be without an stt', () => {
    const make = (): unknown =>
      new ReplyOnStopWords(() => null, ['x'], { model: new LoudnessVad() } as never);
    expect(make).toThrow('stt');
  });

  it('answers what follows a stop word, and nothing else', async () => {
    const calls: AudioData[] = [];
    const stt = new LoudnessToText();
    const harness = start((audio) => {
      calls.push(audio);
      return piece();
    }, stt);
    await harness.say(1000);
    await harness.hush(1500);
    expect(stt.heard.length).toBeGreaterThan(0);
    expect(harness.said).toEqual([]);
    await harness.say(700, 20_000);
    await harness.hush(800);
    expect(harness.said).toEqual(['stopword']);
    await harness.say(1000, 12_000);
    await harness.hush(800);
    expect(harness.said).toEqual(['stopword', 'pause_detected', 'response_starting']);
    const samples = calls[0]?.toInt16() ?? new Int16Array();
    expect(samples.filter((value) => value === 12_000).length / 16).toBe(1000);
    // It waits for the next.
    await harness.say(1000);
    await harness.hush(2000);
    expect(calls).toHaveLength(1);
    await harness.say(700, 20_000);
    await harness.hush(800);
    await harness.say(500, 12_000);
    await harness.hush(800);
    expect(calls).toHaveLength(2);
  });

  it('transcribes the speech of the last 2 s, only when there is new', async () => {
    const stt = new LoudnessToText();
    const harness = start(() => piece(), stt);
    await harness.hush(5000);
    expect(stt.heard).toHaveLength(0);
    for (let i = 0; i < 20; i += 1) await harness.say(200);
    expect(stt.heard.length).toBeGreaterThanOrEqual(5);
    expect(stt.heard.length).toBeLessThanOrEqual(7);
    expect(stt.heard.at(-1)?.duration).toBeCloseTo(2_000_000, -5);
    expect(stt.heard[0]).toMatchObject({ sampleRate: 16_000, numberOfChannels: 1 });
    const { length } = stt.heard;
    await harness.hush(5000);
    expect(stt.heard.length).toBeLessThanOrEqual(length + 1);
  });

  it('loses nothing of what is said while it is transcribed', async () => {
    const calls: AudioData[] = [];
    const stt = new LoudnessToText();
    let open = (): void => undefined;
    stt.gate = new Promise((resolve) => (open = resolve));
    const harness = start((audio) => {
      calls.push(audio);
      return piece();
    }, stt);
    await harness.say(620, 20_000);
    expect(stt.heard).toHaveLength(1);
    await harness.hush(300);
    await harness.say(4000, 12_000);
    expect(stt.heard).toHaveLength(1);
    open();
    await settle();
    expect(harness.said).toEqual(['stopword']);
    await harness.hush(800);
    const samples = calls[0]?.toInt16() ?? new Int16Array();
    expect(samples.filter((value) => value === 12_000).length / 16).toBe(4000);
  });

  it('is interrupted by a stop word, not by other speech', async () => {
    const stt = new LoudnessToText();
    let returned = false;
    const harness = start(async function* () {
      try {
        for (;;) {
          await settle();
          yield piece();
        }
      } finally {
        returned = true;
      }
    }, stt);
    harness.handler.triggerResponse();
    await settle();
    await harness.say(1000);
    await harness.hush(1500);
    expect(returned).toBe(false);
    await harness.say(700, 20_000);
    await harness.hush(700);
    await settle();
    expect(returned).toBe(true);
    expect(harness.connection.cleared).toBe(1);
  });

  it('reports a transcription that fails, and goes on', async () => {
    const stt = new LoudnessToText();
    stt.fault = new Error('no server');
    const harness = start(() => piece(), stt);
    const failures: unknown[] = [];
    for (let i = 0; i < 40; i += 1) {
      await harness.say(20, 20_000).catch((error: unknown) => failures.push(error));
    }
    expect(failures[0]).toBe(stt.fault);
    stt.fault = null;
    await harness.say(700, 20_000);
    expect(harness.said).toEqual(['stopword']);
  });

  it('gives up a transcription that hangs, and goes on', async () => {
    const timeout = new AbortController();
    vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(timeout.signal);
    onTestFinished(() => void vi.restoreAllMocks());
    const stt = new LoudnessToText();
    stt.gate = new Promise(() => undefined);
    const harness = start(() => piece(), stt);
    await harness.say(620, 20_000);
    stt.gate = Promise.resolve();
    timeout.abort();
    await settle();
    await expect(harness.say(20)).rejects.toMatchObject({ code: 'handler-error' });
    await harness.say(700, 20_000);
    expect(harness.said).toEqual(['stopword']);
  });

  it('copies itself with all it was given', () => {
    const handler = new ReplyOnStopWords(() => null, ['x'], {
      stt: new LoudnessToText(),
      model: new LoudnessVad(),
      inputSampleRate: 24_000,
    });
    const copy = handler.copy();
    expect(copy).toBeInstanceOf(ReplyOnStopWords);
    expect(copy).toMatchObject({ stopWords: ['x'], inputSampleRate: 24_000 });
    expect(copy.options.stt).toBe(handler.options.stt);
  });
});
