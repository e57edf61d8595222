import { AudioResampler } from '../../codec/audio-resampler.js';
import type { AudioData } from '../../media/audio-data.js';
import { pieceMs } from './playout-queue.js';

/** Makes pieces of 20 ms, `s16`, of whatever sound a handler emits; mono stays mono, all else becomes stereo. */
export class PieceCutter {
  readonly #usualRate: number;
  readonly #otherRates: readonly number[];
  #resampler: AudioResampler | null = null;
  #sampleRate = 0;
  #channels = 0;

  /**
   * @param usualRate - Of the pieces.
   * @param otherRates - Sound of these rates is not converted, unless what came before had a higher one.
   */
  constructor(usualRate: number, otherRates: readonly number[] = []) {
    this.#usualRate = usualRate;
    this.#otherRates = otherRates;
  }

  /** Takes sound; gives what is whole by now. */
  push(audio: AudioData): AudioData[] {
    const channels = Math.min(2, audio.numberOfChannels);
    const sampleRate = this.#rateFor(audio);
    const same = channels === this.#channels && sampleRate === this.#sampleRate;
    const pieces = same ? [] : this.#open(sampleRate, channels);
    // When it is heard is not for its timestamp to say: it follows what was emitted before.
    const more = this.#resampler?.push(audio, 0) ?? [];
    return pieces.length === 0 ? more : [...pieces, ...more];
  }

  /** True when sound would come out as it is. */
  fits(audio: AudioData): boolean {
    return this.#resampler?.fits(audio) === true && this.#rateFor(audio) === this.#sampleRate;
  }

  /** True while something is left for {@link flush}. */
  get holdsRest(): boolean {
    return this.#resampler?.holdsRest === true;
  }

  /** What is left, filled up with silence. */
  flush(): AudioData[] {
    return this.#resampler?.flush() ?? [];
  }

  /** Forgets what is left. */
  reset(): void {
    this.#resampler?.reset();
  }

  /** Frees what it holds. */
  close(): void {
    this.#resampler?.close();
    this.#resampler = null;
    this.#sampleRate = 0;
    this.#channels = 0;
  }

  #rateFor({ sampleRate }: AudioData): number {
    const rate = this.#otherRates.includes(sampleRate) ? sampleRate : this.#usualRate;
    return Math.max(rate, this.#sampleRate);
  }

  #open(sampleRate: number, numberOfChannels: number): AudioData[] {
    const rest = this.flush();
    this.close();
    this.#sampleRate = sampleRate;
    this.#channels = numberOfChannels;
    this.#resampler = AudioResampler.create({
      sampleRate,
      numberOfChannels,
      frameSize: (sampleRate * pieceMs) / 1000,
    });
    return rest;
  }
}
