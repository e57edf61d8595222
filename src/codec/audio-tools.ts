import { InvalidStateError } from '../errors.js';
import { AudioData } from '../media/audio-data.js';
import type { AudioSamples } from '../media/audio-data.js';
import { checkAudio } from './audio-checks.js';
import { AudioResampler } from './audio-resampler.js';
import { int16Of } from './native-samples.js';

/** Any rate and one channel do for samples that are only scaled. */
const anyShape = { sampleRate: 48_000 };

/** Floats from -1 to 1 of 16-bit samples: divided by 32,768. @throws {TypeError} for anything else. */
export function int16ToFloat32(samples: Int16Array): Float32Array {
  if (!(samples instanceof Int16Array)) throw new TypeError('samples: expected an Int16Array');
  return AudioData.from(samples, anyShape).toFloat32();
}

/**
 * 16-bit samples of floats from -1 to 1: scaled by 32,767 and clipped, the fraction cut off.
 *
 * @throws {TypeError} for anything else.
 */
export function float32ToInt16(samples: Float32Array): Int16Array {
  if (!(samples instanceof Float32Array)) throw new TypeError('samples: expected a Float32Array');
  return AudioData.from(samples, anyShape).toInt16();
}

/** What {@link resampleAudio} makes. */
export interface ResampleAudioOptions {
  /** 1,000 to 768,000 Hz. */
  sampleRate: number;
  /** 1 to 8. Default: as they are. */
  numberOfChannels?: number;
}

/**
 * The same sound at another rate or with other channels, interleaved, as long as it was and at its time. For
 * one whole piece: pieces of a stream belong through one `AudioResampler`.
 *
 * @param audio - Stays the caller's.
 * @returns `f32` of floats, else `s16`.
 * @throws {TypeError} or {RangeError} naming the field.
 * @throws {InvalidStateError} for a closed `AudioData`.
 */
export function resampleAudio(audio: AudioData, options: ResampleAudioOptions): AudioData {
  checkAudio('audio', audio);
  if (audio.closed) throw new InvalidStateError('AudioData is closed');
  const { sampleRate, numberOfChannels = audio.numberOfChannels } = options;
  const format = audio.format.startsWith('f32') ? 'f32' : 's16';
  const shape = { sampleRate, numberOfChannels, format } as const;
  using resampler = AudioResampler.create(shape);
  const made = [...resampler.push(audio), ...resampler.flush()];
  const frames = Math.round((audio.numberOfFrames * sampleRate) / audio.sampleRate);
  const data = join(
    made.map((piece) => piece.data),
    format,
    frames * numberOfChannels,
  );
  return new AudioData({ ...shape, timestamp: audio.timestamp, data });
}

/**
 * One piece of sound from several, one after the other, whatever their times; interleaved, in the first one's
 * rate, channels and kind of samples (others are converted), at its time.
 *
 * @param parts - At least one; they stay the caller's.
 * @throws {TypeError} when there is none, or one is no `AudioData`.
 * @throws {InvalidStateError} for a closed `AudioData`.
 */
export function concatAudio(parts: Iterable<AudioData>): AudioData {
  const pieces = [...parts];
  pieces.forEach((piece, i) => checkAudio(`parts[${i}]`, piece));
  const [first] = pieces;
  if (first === undefined) throw new TypeError('parts: expected at least one AudioData, got none');
  const { sampleRate, numberOfChannels, timestamp } = first;
  const format = first.format.startsWith('f32') ? 'f32' : 's16';
  const samples = pieces.map((piece) => {
    const fits = piece.sampleRate === sampleRate && piece.numberOfChannels === numberOfChannels;
    const alike = fits ? piece : resampleAudio(piece, { sampleRate, numberOfChannels });
    return format === 'f32' ? alike.toFloat32() : alike.toInt16();
  });
  const length = samples.reduce((sum, part) => sum + part.length, 0);
  const data = join(samples, format, length);
  return new AudioData({ format, sampleRate, numberOfChannels, timestamp, data });
}

/**
 * 16-bit little-endian samples from chunks of bytes that are cut anywhere, as services stream them. A chunk
 * that completes no sample gives nothing; an odd byte at the very end is dropped.
 *
 * @throws {TypeError} when a chunk is no `Uint8Array`.
 */
export async function* aggregateInt16(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Int16Array, void, undefined> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('chunks: expected Uint8Arrays');
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const whole = bytes.length & ~1;
    rest = bytes.slice(whole);
    if (whole > 0) yield int16Of(bytes.subarray(0, whole));
  }
}

/** All samples in one, cut or filled up to so many. */
function join(parts: readonly AudioSamples[], format: 's16' | 'f32', length: number): AudioSamples {
  const joined = format === 's16' ? new Int16Array(length) : new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    const fitting = part.subarray(0, length - at);
    joined.set(fitting, at);
    at += fitting.length;
  }
  return joined;
}
