import type { AudioSamples } from '../media/audio-data.js';

/** Cuts samples that come in pieces of any length into pieces of one length; the rest waits for more. */
export class SampleCutter<T extends AudioSamples> {
  readonly #length: number;
  #held: T;
  #filled = 0;

  /** @param Samples - `Int16Array` or `Float32Array`. @param length - Of the pieces, in samples of all channels. */
  constructor(Samples: new (length: number) => T, length: number) {
    this.#length = length;
    this.#held = new Samples(length);
  }

  /** True when nothing waits for more. */
  get empty(): boolean {
    return this.#filled === 0;
  }

  /** Takes samples, copied; gives the pieces that are whole by now, each in memory of its own. */
  push(samples: T): T[] {
    const pieces: T[] = [];
    let taken = 0;
    while (taken < samples.length) {
      const part = samples.subarray(taken, taken + this.#length - this.#filled);
      this.#held.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      if (this.#filled === this.#length) {
        pieces.push(this.#held.slice() as T);
        this.#filled = 0;
      }
    }
    return pieces;
  }

  /** The rest as a whole piece, filled up with silence; `null` when there is none. */
  flush(): T | null {
    if (this.#filled === 0) return null;
    this.#held.fill(0, this.#filled);
    this.#filled = 0;
    return this.#held.slice() as T;
  }

  /** Forgets the rest. */
  reset(): void {
    this.#filled = 0;
  }
}
