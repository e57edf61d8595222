import { AudioData } from '../../src/media/audio-data.js';

/** What {@link tone} makes. */
export interface ToneInit {
  frequency: number;
  sampleRate: number;
  /** Milliseconds. */
  duration: number;
  /** Of full scale. Default 0.5. */
  level?: number;
  /** Same on all. Default 1. */
  numberOfChannels?: number;
}

/** A sine, interleaved. */
export function tone(init: ToneInit): Int16Array {
  const { frequency, sampleRate, duration, level = 0.5, numberOfChannels = 1 } = init;
  const frames = Math.round((sampleRate * duration) / 1000);
  const samples = new Int16Array(frames * numberOfChannels);
  for (let i = 0; i < samples.length; i++) {
    const time = Math.floor(i / numberOfChannels) / sampleRate;
    samples[i] = Math.round(Math.sin(2 * Math.PI * frequency * time) * level * 32_767);
  }
  return samples;
}

/** Sound in pieces of so many frames, with their times from `start` on. */
export function inPieces(
  samples: Int16Array,
  shape: { sampleRate: number; numberOfChannels?: number; frames: number; start?: number },
): AudioData[] {
  const { sampleRate, numberOfChannels = 1, frames, start = 0 } = shape;
  const pieces: AudioData[] = [];
  const step = frames * numberOfChannels;
  for (let at = 0; at < samples.length; at += step) {
    const timestamp = start + Math.round((at / numberOfChannels / sampleRate) * 1_000_000);
    const piece = samples.slice(at, at + step);
    pieces.push(AudioData.from(piece, { sampleRate, numberOfChannels, timestamp }));
  }
  return pieces;
}

/** One channel of all pieces, as floats. */
export function channelOf(pieces: readonly AudioData[], channel: number = 0): Float64Array {
  const values: number[] = [];
  for (const piece of pieces) {
    const samples = piece.toFloat32();
    for (let i = channel; i < samples.length; i += piece.numberOfChannels) {
      values.push(samples[i] as number);
    }
  }
  return Float64Array.from(values);
}

/** How loud one frequency is: a full-scale sine gives 1 (Goertzel, with a Hann window). */
export function levelAt(samples: Float64Array, frequency: number, sampleRate: number): number {
  let re = 0;
  let im = 0;
  let weights = 0;
  samples.forEach((sample, i) => {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length);
    const angle = (2 * Math.PI * frequency * i) / sampleRate;
    re += sample * weight * Math.cos(angle);
    im += sample * weight * Math.sin(angle);
    weights += weight;
  });
  return (2 * Math.hypot(re, im)) / weights;
}

/** Root of the mean square; a full-scale sine gives 0.707. */
export function rms(samples: Float64Array): number {
  return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
}
