/**
 * Turn taking, measured from the sound itself: espeak-ng's speech goes in at the pace of a microphone, as pieces of 20 ms, through
 * a real core with the real model; a link without a network notes what would be heard. One JSON line each for what a
 * second of sound costs, the pause before a reply, and the end of an interrupted one.
 * `npx tsx bench/realtime-turns.ts [turns]`
 */
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { AudioData } from '../src/media/audio-data.js';
import { StreamCore } from '../src/realtime/core/stream-core.js';
import { ReplyOnPause } from '../src/realtime/turn-taking/reply-on-pause.js';
import { SileroVad } from '../src/realtime/turn-taking/silero-vad.js';
import { readTurnOptions } from '../src/realtime/turn-taking/turn-options.js';
import { speak, whiteNoise } from '../test/support/espeak.js';
import { FakeLink } from '../test/support/fake-link.js';
import { inPieces } from '../test/support/tones.js';
import { print } from './support/print.js';

const sampleRate = 48_000;
const turns = Number(process.argv[2] ?? 12);
const { pauseMs } = readTurnOptions().algo;

const voices = ['en-us', 'en-us+f3', 'en-gb', 'de'] as const;
const texts = [
  'Hello there, how are you doing today?',
  'Please turn on the lights in the kitchen and the living room.',
  'Stop. No, wait, I meant the other one.',
];

/** A vad that remembers when it was last sure of two windows of speech, one after the other. */
class WatchedVad extends SileroVad {
  sureAt = 0;

  override createSession(): ReturnType<SileroVad['createSession']> {
    const session = super.createSession();
    let before = 0;
    return {
      ...session,
      process: async (window) => {
        const probability = await session.process(window);
        if (probability >= 0.5 && before >= 0.5 && this.sureAt === 0) {
          this.sureAt = performance.now();
        }
        before = probability;
        return probability;
      },
    };
  }
}

/** What the model costs, after so many seconds of sound. */
async function cost(): Promise<void> {
  const session = (await SileroVad.load()).createSession();
  const noise = whiteNoise(16_000, 0.05);
  const windows = Array.from({ length: 31 }, (_, i) =>
    Float32Array.from(noise.subarray(i * 512, (i + 1) * 512), (sample) => sample / 32_768),
  );
  const secondsOf = 31 * 0.032;
  const measure = async (seconds: number): Promise<number> => {
    const { user, system } = process.cpuUsage();
    for (let i = 0; i < seconds; i += 1)
      for (const window of windows) await session.process(window);
    const used = process.cpuUsage();
    return (used.user - user + used.system - system) / 1000 / (seconds * secondsOf);
  };
  const firstMinute = await measure(60);
  await measure(180);
  const warm = await measure(120);
  print('VAD, CPU ms per second of sound', { firstMinute, warm });
}

interface Turn {
  /** From the end of the speech to the reply, beyond the pause. */
  beyondPauseMs: number;
  /** From the beginning of speech to the last piece of the reply. */
  silentAfterSpeechMs: number;
  /** From the moment the model was sure. */
  silentAfterDetectionMs: number;
}

/** One connection: a sentence, its reply, an interruption. */
async function takeTurn(speech: Int16Array, interruption: Int16Array): Promise<Turn> {
  const model = new WatchedVad();
  const handler = new ReplyOnPause(longReply, { model });
  const core = new StreamCore({ handler, modality: 'audio' });
  const slot = await core.reserve({ id: 'bench', transport: 'webrtc', headers: {}, fields: {} });
  const link = new FakeLink();
  const connection = slot.attach(link);
  connection.start();
  try {
    let clock = performance.now();
    /** Sends sound as it is spoken; gives when it began. */
    const send = async (samples: Int16Array, until: () => boolean): Promise<number> => {
      const began = clock;
      for (const piece of inPieces(samples, { sampleRate, frames: 960 })) {
        clock += 20;
        await delay(Math.max(0, clock - performance.now()));
        connection.receiveAudio(piece.at(Math.round((clock - 20) * 1000)));
        if (until()) break;
      }
      return began;
    };
    const never = (): boolean => false;
    await send(new Int16Array(sampleRate), never);
    const began = await send(joinSilence(speech, 3000), () => link.played.length > 0);
    const repliedAt = link.played[0]?.atMs ?? NaN;
    const endedAt = began + speech.length / (sampleRate / 1000);
    await send(new Int16Array(sampleRate / 2), never);
    model.sureAt = 0;
    const interruptedAt = await send(interruption, () => link.cleared > 0);
    await delay(100);
    const lastAt = (link.played.at(-1)?.atMs ?? NaN) + 20;
    return {
      beyondPauseMs: repliedAt - endedAt - pauseMs,
      silentAfterSpeechMs: lastAt - interruptedAt,
      silentAfterDetectionMs: Math.max(0, lastAt - model.sureAt),
    };
  } finally {
    await core.close();
  }
}

async function* longReply(): AsyncGenerator<AudioData> {
  for (;;) yield AudioData.from(new Int16Array(2400).fill(500), { sampleRate: 24_000 });
}

function joinSilence(samples: Int16Array, ms: number): Int16Array {
  const joined = new Int16Array(samples.length + (ms * sampleRate) / 1000);
  joined.set(samples);
  return joined;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

await cost();
const taken: Turn[] = [];
for (let i = 0; i < turns; i += 1) {
  const voice = voices[i % voices.length];
  const text = texts[i % texts.length] as string;
  const interruption = speak('Stop, that is enough for now.', { voice });
  taken.push(await takeTurn(speak(text, { voice }), interruption));
}
const of = (name: keyof Turn): number[] => taken.map((turn) => turn[name]);
print('pause to reply, beyond the pause', {
  turns,
  pauseMs,
  medianMs: median(of('beyondPauseMs')),
  mostMs: Math.max(...of('beyondPauseMs')),
});
print('barge-in to silence', {
  turns,
  fromDetectionMedianMs: median(of('silentAfterDetectionMs')),
  fromDetectionMostMs: Math.max(...of('silentAfterDetectionMs')),
  fromSpeechMedianMs: median(of('silentAfterSpeechMs')),
  fromSpeechMostMs: Math.max(...of('silentAfterSpeechMs')),
});
