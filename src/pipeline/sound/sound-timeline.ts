import { AudioData } from '../../media/audio-data.js';

/** Hz of the sound that is sent. */
export const soundSampleRate = 48_000;
/** Length of a piece that is sent, in frames: 20 ms. */
const pieceFrames = 960;

/** Times that are further off than this, µs, are put right at once, by a gap or a cut. */
const resyncUs = 60_000;
/** Times that are off by less than this, µs, are left alone. */
const tolerableUs = 2000;
/** A longer gap than this, µs, is a new beginning. */
const longestGapUs = 2_000_000;
/** Most that sound is stretched or shrunk by to follow its times; nobody hears it. */
const maxStretch = 0.005;
/** How many pieces the deviation is averaged over. */
const smoothing = 16;

/**
 * Puts sound where its times say, sample by sample, in pieces of 20 ms without a gap: what strays a little is stretched
 * or shrunk, what is missing is silence, what comes twice or too late is cut off.
 */
export class SoundTimeline {
  readonly #channels: number;
  readonly #piece: Int16Array;
  /** Frames in the piece that is being filled. */
  #filled = 0;
  /** Where the piece that is being filled begins; `null` at a new beginning. */
  #pieceUs: number | null = null;
  /** Where what was given out ended before a new beginning, µs: nothing is put before that. */
  #floorUs = Number.NEGATIVE_INFINITY;
  /** Mean deviation of the times lately, µs. */
  #strayUs = 0;

  /** @param channels - Interleaved. */
  constructor(channels: number) {
    this.#channels = channels;
    this.#piece = new Int16Array(pieceFrames * channels);
  }

  /** Where the sound so far ends, µs; `null` before a beginning. */
  get end(): number | null {
    return this.#pieceUs === null ? null : this.#pieceUs + toUs(this.#filled);
  }

  /**
   * Adds sound.
   *
   * @param samples - Interleaved.
   * @param timestamp - Where its first frame belongs, µs.
   * @returns The pieces that are complete now.
   */
  add(samples: Int16Array, timestamp: number): AudioData[] {
    const ready: AudioData[] = [];
    const { end } = this;
    if (end === null || timestamp - end > longestGapUs) {
      this.reset();
      this.#pieceUs = Math.max(timestamp, this.#floorUs);
      this.#fill(this.#from(this.#pieceUs, samples, timestamp), ready);
      return ready;
    }
    if (timestamp - end > resyncUs) {
      ready.push(...this.silence(timestamp));
      this.#strayUs = 0;
    } else if (timestamp - end < -resyncUs) {
      this.#strayUs = 0;
      this.#fill(this.#from(end, samples, timestamp), ready);
      return ready;
    } else {
      this.#strayUs += (timestamp - end - this.#strayUs) / smoothing;
    }
    this.#fill(this.#fitted(samples), ready);
    return ready;
  }

  /** Fills up with silence. @param until - µs; nothing is done before {@link end}. */
  silence(until: number): AudioData[] {
    const ready: AudioData[] = [];
    const { end } = this;
    if (end === null || until <= end) return ready;
    const frames = Math.min(toFrames(until - end), toFrames(longestGapUs));
    this.#fill(new Int16Array(frames * this.#channels), ready);
    return ready;
  }

  /** What comes next is a new beginning; an unfinished piece is forgotten. */
  reset(): void {
    if (this.#pieceUs !== null) this.#floorUs = this.#pieceUs;
    this.#pieceUs = null;
    this.#filled = 0;
    this.#strayUs = 0;
  }

  /** What of the samples is not before `from`. */
  #from(from: number, samples: Int16Array, timestamp: number): Int16Array {
    const cut = Math.min(toFrames(from - timestamp), samples.length / this.#channels);
    return samples.subarray(cut * this.#channels);
  }

  /** The same sound, a little longer or shorter where its times stray. */
  #fitted(samples: Int16Array): Int16Array {
    const frames = samples.length / this.#channels;
    const stray = this.#strayUs;
    if (Math.abs(stray) < tolerableUs || frames < 2) return samples;
    const most = Math.max(1, Math.floor(frames * maxStretch));
    const change = Math.sign(stray) * Math.min(most, toFrames(Math.abs(stray)));
    this.#strayUs -= toUs(change);
    return stretch(samples, this.#channels, frames + change);
  }

  #fill(samples: Int16Array, ready: AudioData[]): void {
    const channels = this.#channels;
    let taken = 0;
    while (taken < samples.length) {
      const room = pieceFrames * channels - this.#filled * channels;
      const part = samples.subarray(taken, taken + room);
      this.#piece.set(part, this.#filled * channels);
      this.#filled += part.length / channels;
      taken += part.length;
      if (this.#filled === pieceFrames) ready.push(this.#complete());
    }
  }

  #complete(): AudioData {
    const timestamp = this.#pieceUs ?? 0;
    this.#pieceUs = timestamp + toUs(pieceFrames);
    this.#filled = 0;
    return AudioData.from(this.#piece.slice(), {
      sampleRate: soundSampleRate,
      numberOfChannels: this.#channels,
      timestamp: Math.round(timestamp),
    });
  }
}

function toUs(frames: number): number {
  return (frames * 1_000_000) / soundSampleRate;
}

function toFrames(us: number): number {
  return Math.round((us * soundSampleRate) / 1_000_000);
}

/** Reads the samples a little faster or slower, between them where needed; first and last stay. */
function stretch(samples: Int16Array, channels: number, frames: number): Int16Array {
  const last = samples.length / channels - 1;
  const step = last / (frames - 1);
  const stretched = new Int16Array(frames * channels);
  for (let frame = 0; frame < frames; frame++) {
    const position = Math.min(frame * step, last);
    const before = Math.min(Math.floor(position), last - 1);
    const share = position - before;
    for (let channel = 0; channel < channels; channel++) {
      const from = samples[before * channels + channel] as number;
      const to = samples[(before + 1) * channels + channel] as number;
      stretched[frame * channels + channel] = Math.round(from + (to - from) * share);
    }
  }
  return stretched;
}
