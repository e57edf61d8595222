import { AudioResampler } from '../../codec/audio-resampler.js';
import type { AudioData } from '../../media/audio-data.js';
import { pieceMs } from './playout-queue.js';

/** Makes pieces of 20 ms, `s16`, of whatever sound a handler emits; mono stays mono, all else becomes stereo. */
export class PieceCutter {
  readonly #sampleRate: number;
  #resampler: AudioResampler | null = null;
  #channels = 0;

  /** @param sampleRate - Of the pieces. */
  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** Takes sound; gives what is whole by now. */
  push(audio: AudioData): AudioData[] {
    const channels = Math.min(2, audio.numberOfChannels);
    const pieces: readonly AudioData[] = channels === this.#channels ? [] : this.#open(channels);
    // When it is heard is not for its timestamp to say: it follows what was emitted before.
    const more = this.#resampler?.push(audio, 0) ?? [];
    return pieces.length === 0 ? more : [...pieces, ...more];
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
    this.#channels = 0;
  }

  #open(numberOfChannels: number): AudioData[] {
    const rest = this.flush();
    this.close();
    this.#channels = numberOfChannels;
    this.#resampler = AudioResampler.create({
      sampleRate: this.#sampleRate,
      numberOfChannels,
      frameSize: (this.#sampleRate * pieceMs) / 1000,
    });
    return rest;
  }
}
