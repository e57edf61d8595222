import { AudioData } from '../media/audio-data.js';
import type { DecodedSound } from '../codec/sound-decoder.js';

/** Containers round times, most of them to a millisecond: less than this, µs, is no gap and no overlap. */
const tolerance = 20_000;

/** Gaps up to this, µs, are filled with silence; what is longer stays a gap in the times. */
const longestFill = 1_000_000;

/**
 * Puts pieces of sound one behind the other: their times are counted in samples as long as the input's agree with that. Where the
 * input leaves a gap, silence fills it; where pieces overlap, the later one loses its beginning.
 */
export class SoundTimeline {
  /** Where the sound given so far ends, µs; `null` before the first. */
  #end: number | null = null;

  /** Where the sound so far ends, µs; -Infinity before the first. */
  get end(): number {
    return this.#end ?? -Infinity;
  }

  /**
   * @param timestamp - When the piece is heard, µs; `null` when that is not known.
   * @returns The piece, perhaps with silence before it; nothing when all of it is over already, or lies before 0.
   */
  place(piece: DecodedSound, timestamp: number | null): AudioData[] {
    // Nothing is heard before the first picture is seen.
    const floor = this.#end ?? 0;
    const gap = timestamp === null ? 0 : timestamp - floor;
    if (this.#end !== null && Math.abs(gap) <= tolerance) return [this.#give(piece, this.#end)];
    if (gap < 0) {
      const rest = withoutBeginning(piece, -gap);
      return rest === null ? [] : [this.#give(rest, floor)];
    }
    const before = this.#end === null || gap > longestFill ? [] : [this.#silence(piece, gap)];
    return [...before, this.#give(piece, floor + gap)];
  }

  #silence(like: DecodedSound, gap: number): AudioData {
    const frames = framesIn(gap, like.sampleRate);
    const samples = new Int16Array(frames * like.numberOfChannels);
    return this.#give({ ...like, samples }, this.end);
  }

  #give({ samples, sampleRate, numberOfChannels }: DecodedSound, start: number): AudioData {
    const frames = samples.length / numberOfChannels;
    this.#end = start + (frames * 1_000_000) / sampleRate;
    const timestamp = Math.round(start);
    return new AudioData({ format: 's16', sampleRate, numberOfChannels, timestamp, data: samples });
  }
}

function framesIn(microseconds: number, sampleRate: number): number {
  return Math.round((microseconds * sampleRate) / 1_000_000);
}

function withoutBeginning(piece: DecodedSound, microseconds: number): DecodedSound | null {
  const first = framesIn(microseconds, piece.sampleRate) * piece.numberOfChannels;
  if (first >= piece.samples.length) return null;
  return { ...piece, samples: piece.samples.subarray(first) };
}
