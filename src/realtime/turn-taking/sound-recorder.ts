import { AudioData } from '../../media/audio-data.js';

interface Piece {
  /** Place of its first frame. */
  start: number;
  frames: number;
  /** Microseconds. */
  timestamp: number;
  samples: Int16Array;
}

/**
 * Keeps the pieces of sound as they came, and joins them once, when they are taken. A place is the number of frames that were
 * pushed before it.
 */
export class SoundRecorder {
  readonly #sampleRate: number;
  readonly #channels: number;
  /** Those before `#first` are gone; the array is cut now and then. */
  #pieces: Piece[] = [];
  #first = 0;
  #start = 0;
  #end = 0;

  /** @param sampleRate - Of all that is pushed. @param channels - Interleaved. */
  constructor(sampleRate: number, channels: number) {
    this.#sampleRate = sampleRate;
    this.#channels = channels;
  }

  /** Place after the last frame. */
  get end(): number {
    return this.#end;
  }

  /** What is kept, in milliseconds. */
  get durationMs(): number {
    return ((this.#end - this.#start) * 1000) / this.#sampleRate;
  }

  /** Keeps a piece; its samples are not copied. */
  push(audio: AudioData): void {
    const samples = audio.toInt16();
    const frames = Math.floor(samples.length / this.#channels);
    if (frames === 0) return;
    this.#pieces.push({ start: this.#end, frames, timestamp: audio.timestamp, samples });
    this.#end += frames;
  }

  /** Forgets what lies before `place`, with the accuracy of a sample. */
  dropBefore(place: number): void {
    this.#start = Math.min(this.#end, Math.max(this.#start, Math.floor(place)));
    for (let piece; (piece = this.#pieces[this.#first]) !== undefined; this.#first += 1) {
      if (piece.start + piece.frames > this.#start) break;
    }
    if (this.#first > 64) {
      this.#pieces = this.#pieces.slice(this.#first);
      this.#first = 0;
    }
  }

  /** What is kept before `until`, all of it by default, as one; it is kept no longer. */
  take(until: number = this.#end): AudioData {
    const end = Math.min(this.#end, Math.max(this.#start, Math.floor(until)));
    const data = new Int16Array((end - this.#start) * this.#channels);
    const timestamp = this.#timestamp();
    let filled = 0;
    for (const piece of this.#pieces.slice(this.#first)) {
      if (piece.start >= end) break;
      const from = Math.max(0, this.#start - piece.start) * this.#channels;
      const to = Math.min(piece.frames, end - piece.start) * this.#channels;
      data.set(piece.samples.subarray(from, to), filled);
      filled += to - from;
    }
    this.dropBefore(end);
    return AudioData.from(data, {
      sampleRate: this.#sampleRate,
      numberOfChannels: this.#channels,
      timestamp,
    });
  }

  /** Forgets everything. */
  clear(): void {
    this.#pieces = [];
    this.#first = 0;
    this.#start = this.#end;
  }

  /** Of the first frame kept. */
  #timestamp(): number {
    const first = this.#pieces[this.#first];
    if (first === undefined) return 0;
    const skipped = this.#start - first.start;
    return first.timestamp + Math.round((skipped * 1_000_000) / this.#sampleRate);
  }
}
