import { execFileSync } from 'node:child_process';
import { AudioResampler } from '../../src/codec/audio-resampler.js';
import { AudioData } from '../../src/media/audio-data.js';
import { requirePeer } from './peer-programs.js';

/** How {@link speak} speaks. */
export interface SpeakInit {
  /** Of the result. Default 48,000. */
  sampleRate?: number;
  /** espeak-ng's name of it. Default `en-us`. */
  voice?: string;
  /** Words a minute. Default 160. */
  speed?: number;
}

/** Recorded speech, without silence before and after it. */
export function speak(text: string, init: SpeakInit = {}): Int16Array {
  const { sampleRate = 48_000, voice = 'en-us', speed = 160 } = init;
  const args = ['-v', voice, '-s', String(speed), '--stdout', text];
  const wav = execFileSync(requirePeer('espeak'), args, { maxBuffer: 2 ** 27 });
  // Its header has no lengths when it writes to a pipe: the samples begin after 44 bytes.
  const samples = new Int16Array(
    wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + (wav.length & ~1)),
  );
  using resampler = AudioResampler.create({ sampleRate, numberOfChannels: 1 });
  const spoken = AudioData.from(samples, { sampleRate: wav.readUInt32LE(24) });
  const pieces = [...resampler.push(spoken), ...resampler.flush()];
  return trim(joinSamples(pieces.map((piece) => piece.toInt16())));
}

/** One after the other. */
export function joinSamples(parts: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    joined.set(part, filled);
    filled += part.length;
  }
  return joined;
}

/** From the first to the last sample that is louder than 1 % of full scale. */
function trim(samples: Int16Array): Int16Array {
  const loud = (sample: number): boolean => Math.abs(sample) > 328;
  return samples.slice(samples.findIndex(loud), samples.findLastIndex(loud) + 1);
}

/** White noise, the same each time. */
export function whiteNoise(length: number, level: number): Int16Array {
  let seed = 1;
  return Int16Array.from({ length }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (seed / 2 ** 31 - 1) * level * 32_767;
  });
}
