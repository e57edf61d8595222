import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AudioData } from '../../src/media/audio-data.js';
import type { MediaConnection } from '../../src/realtime/core/stream-port.js';
import { ReplyOnPause } from '../../src/realtime/turn-taking/reply-on-pause.js';
import type {
  ReplyFunction,
  ReplyOnPauseOptions,
} from '../../src/realtime/turn-taking/reply-on-pause.js';
import { SileroVad } from '../../src/realtime/turn-taking/silero-vad.js';
import { joinSamples, speak, whiteNoise } from '../support/espeak.js';
import { FakeLink } from '../support/fake-link.js';
import { settle } from '../support/turn-harness.js';
import { startOne } from '../support/realtime-core.js';
import { inPieces, tone } from '../support/tones.js';

const sampleRate = 48_000;
const turn = ['started_talking', 'pause_detected', 'response_starting'];
const silence = (ms: number): Int16Array => new Int16Array((sampleRate * ms) / 1000);

/** A visitor who is heard through the real core and the real model. */
class Visitor {
  readonly link: FakeLink;
  readonly connection: MediaConnection;
  #ms = 0;

  constructor(link: FakeLink, connection: MediaConnection) {
    this.link = link;
    this.connection = connection;
  }

  static async connect(
    fn: ReplyFunction,
    options: ReplyOnPauseOptions = {},
    link: FakeLink = new FakeLink(),
  ): Promise<Visitor> {
    const handler = new ReplyOnPause(fn, options);
    const { core, connection } = await startOne({ handler, modality: 'audio' }, link);
    onTestFinished(() => core.close());
    return new Visitor(link, connection);
  }

  /** What the server said, without its echoes. */
  get said(): unknown[] {
    return this.link.messages.map(({ type, data }) => (type === 'log' ? data : type));
  }

  /** Sends sound in pieces of 20 ms, faster than real time, and gives when `until` held, in ms from its beginning. */
  async send(samples: Int16Array, until: () => boolean = () => false): Promise<number | null> {
    const start = this.#ms;
    const pieces = inPieces(samples, { sampleRate, frames: 960, start: start * 1000 });
    for (const piece of pieces) {
      this.connection.receiveAudio(piece);
      this.#ms += 20;
      await settle();
      if (until()) return this.#ms - start;
    }
    return null;
  }

  has(message: string): () => boolean {
    return () => this.said.includes(message);
  }
}

/** So many seconds of a reply, 100 ms at a time. */
async function* longReply(seconds: number): AsyncGenerator<AudioData> {
  for (let i = 0; i < seconds * 10; i += 1) {
    yield AudioData.from(new Int16Array(2400).fill(500), { sampleRate: 24_000 });
  }
}

const sentences = [
  ['en-us', 'Please turn on the lights in the kitchen and the living room.'],
  ['en-us+f3', 'What is the capital of France, and how many people live in it?'],
  ['de', 'Guten Morgen, wie wird das Wetter heute in Hamburg?'],
  ['en-gb', 'Yes, please.'],
] as const;

describe('ReplyOnPause with Silero VAD', () => {
  beforeAll(() => SileroVad.load().then(() => undefined));

  it.each(sentences)('hears %s: %s', async (voice, text) => {
    const heard: AudioData[] = [];
    const visitor = await Visitor.connect((audio) => {
      heard.push(audio);
      return longReply(0.2);
    });
    await visitor.send(silence(1000));
    const speech = speak(text, { voice });
    const startedAt = await visitor.send(speech, visitor.has('started_talking'));
    // A word with a soft beginning takes longer.
    expect(startedAt).toBeGreaterThan(200);
    expect(startedAt).toBeLessThan(700);
    const rest = speech.subarray(((startedAt ?? 0) * sampleRate) / 1000);
    await visitor.send(rest);
    const filled = 20 - ((rest.length / 48) % 20);
    const silent = await visitor.send(silence(2000), visitor.has('pause_detected'));
    expect((silent ?? NaN) + filled).toBeGreaterThanOrEqual(480);
    // The configured pause, what the model takes to believe in it, and a piece.
    expect((silent ?? NaN) + filled).toBeLessThanOrEqual(500 + 240);
    await vi.waitFor(() => expect(visitor.said).toEqual(turn));
    expect(heard).toHaveLength(1);
    const heardMs = (heard[0]?.duration ?? 0) / 1000;
    const spokenMs = speech.length / 48;
    expect(heardMs).toBeGreaterThan(spokenMs + 500);
    expect(heardMs).toBeLessThan(spokenMs + 1400);
    await vi.waitFor(() => expect(visitor.link.played.length).toBeGreaterThanOrEqual(10));
  });

  it('hears speech in noise', async () => {
    const visitor = await Visitor.connect(() => longReply(0.1));
    const speech = speak('Please turn on the lights in the kitchen.');
    const sound = joinSamples([silence(1000), speech, silence(1500)]);
    const noise = whiteNoise(sound.length, 0.02);
    await visitor.send(sound.map((sample, i) => sample + (noise[i] as number)));
    await vi.waitFor(() => expect(visitor.said).toEqual(turn));
  });

  it.each([
    ['silence', () => silence(6000)],
    ['white noise', () => whiteNoise(sampleRate * 6, 0.1)],
    ['a tone', () => tone({ frequency: 440, sampleRate, duration: 6000 })],
    ['clicks', () => silence(6000).map((_, i) => (i % 12_000 < 60 ? 25_000 : 0))],
  ])('takes %s for nothing', async (_name, make) => {
    const visitor = await Visitor.connect(() => longReply(1));
    await visitor.send(make());
    expect(visitor.said).toEqual([]);
  });

  it('is interrupted as soon as speech begins', async () => {
    const returned: number[] = [];
    const visitor = await Visitor.connect(async function* () {
      try {
        yield* longReply(20);
        await new Promise(() => undefined);
      } finally {
        returned.push(1);
      }
    });
    await visitor.send(joinSamples([speak('Tell me a story.'), silence(800)]));
    await vi.waitFor(() => expect(visitor.link.played.length).toBeGreaterThan(5));
    expect(visitor.link.cleared).toBe(0);
    const after = await visitor.send(
      speak('Stop, that is enough for now, thank you.'),
      () => visitor.link.cleared > 0,
    );
    expect(after).toBeLessThan(300);
    expect(visitor.said).toEqual(turn);
    const { length } = visitor.link.played;
    await visitor.send(silence(800));
    expect(visitor.link.played.length).toBe(length);
  });

  it('reports a reply that throws, and answers the next turn', async () => {
    let calls = 0;
    const visitor = await Visitor.connect(() => {
      calls += 1;
      if (calls === 1) throw new Error('boom');
      return longReply(0.1);
    });
    const sentence = joinSamples([speak('Hello there, how are you doing today?'), silence(900)]);
    await visitor.send(sentence);
    await vi.waitFor(() => expect(visitor.said).toContain('error'));
    await visitor.send(sentence);
    await vi.waitFor(() => expect(visitor.link.played.length).toBeGreaterThanOrEqual(5));
    expect(visitor.said).toEqual(['started_talking', 'pause_detected', 'error', ...turn]);
  });

  it('asks for inputs between the pause and the reply', async () => {
    const given: string[] = [];
    const { core, connection, link } = await startOne({
      handler: new ReplyOnPause((_audio, text: string) => void given.push(text)),
      modality: 'audio',
    });
    onTestFinished(() => core.close());
    const visitor = new Visitor(link, connection);
    await visitor.send(joinSamples([speak('Hello there, my friend.'), silence(900)]));
    await vi.waitFor(() => expect(visitor.said).toContain('send_input'));
    expect(given).toEqual([]);
    core.setInput('visitor', 'typed');
    await vi.waitFor(() => expect(visitor.said).toContain('response_starting'));
    expect(given).toEqual(['typed']);
    expect(visitor.said).toEqual([...turn.slice(0, 2), 'send_input', ...turn.slice(2)]);
    // Another way to begin.
    expect(core.triggerResponse('visitor')).toEqual({ status: 'success' });
    await vi.waitFor(() =>
      expect(visitor.said.filter((text) => text === 'send_input')).toHaveLength(2),
    );
  });

  it('is told by messages when the button is held', async () => {
    const heard: AudioData[] = [];
    const visitor = await Visitor.connect((audio) => void heard.push(audio), { pushToTalk: true });
    await visitor.send(speak('Nobody hears this.'));
    visitor.connection.receiveMessage('{"type":"push_to_talk","data":"start"}');
    await visitor.send(silence(2000));
    visitor.connection.receiveMessage('{"type":"push_to_talk","data":"stop"}');
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    expect(heard[0]?.duration).toBe(2_000_000);
    expect(visitor.said.filter((text) => turn.includes(String(text)))).toEqual(turn);
  });

  it('takes one turn after another, also on a telephone, and many at a time', async () => {
    const sentence = joinSamples([
      silence(200),
      speak('Hello there, how are you doing today?'),
      silence(900),
    ]);
    const visitors = await Promise.all(
      Array.from({ length: 4 }, () =>
        Visitor.connect(() => longReply(0.1), {}, new FakeLink('telephone')),
      ),
    );
    await Promise.all(
      visitors.map(async (visitor) => {
        await visitor.send(sentence);
        await vi.waitFor(() => expect(visitor.link.played.length).toBeGreaterThan(0));
        await visitor.send(sentence);
        await vi.waitFor(() => expect(visitor.link.played.length).toBeGreaterThan(5));
        expect(visitor.link.cleared).toBeGreaterThan(0);
      }),
    );
  });
});

describe('SileroVad', () => {
  it('remembers each connection by itself', async () => {
    const vad = await SileroVad.load();
    const speech = speak('The quick brown fox jumps over the lazy dog.', { sampleRate: 16_000 });
    const windows = Array.from({ length: Math.floor(speech.length / 512) }, (_, i) =>
      Float32Array.from(speech.subarray(i * 512, (i + 1) * 512), (sample) => sample / 32_768),
    );
    const alone: number[] = [];
    const first = vad.createSession();
    for (const window of windows) alone.push(await first.process(window));
    expect(Math.max(...alone)).toBeGreaterThan(0.9);
    // Beside another that hears something else at the same time.
    const second = vad.createSession();
    const third = vad.createSession();
    const beside: number[] = [];
    for (const window of windows) {
      const other = third.process(new Float32Array(512));
      beside.push(await second.process(window));
      expect(await other).toBeLessThan(0.1);
    }
    expect(beside).toEqual(alone);
    first.reset();
    expect(await first.process(windows[0] ?? new Float32Array(512))).toBe(alone[0]);
  });

  it('gives what the model gave when it was chosen', async () => {
    const session = (await SileroVad.load()).createSession();
    expect(await session.process(new Float32Array(512))).toBeCloseTo(0.00167, 5);
  });
});
