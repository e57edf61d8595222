import type { ModelOptions } from './turn-options.js';

/** The original's: once there, speech is believed to go on down to this much below the threshold. */
const hysteresis = 0.15;

/** Makes of the model's figures a yes or no for each of its windows. */
export class SpeechMarker {
  readonly #threshold: number;
  /** The last of them, as many as are judged together. */
  readonly #recent: Float32Array;
  #next = 0;
  #speech = false;

  /** @param windowMs - Length of the model's window. */
  constructor(options: Required<ModelOptions>, windowMs: number) {
    this.#threshold = options.threshold;
    const judgedMs = options.windowSizeSamples / 16;
    this.#recent = new Float32Array(Math.max(1, Math.round(judgedMs / windowMs)));
  }

  /** True when the window that ends now is speech. */
  push(probability: number): boolean {
    this.#recent[this.#next] = probability;
    this.#next = (this.#next + 1) % this.#recent.length;
    const bar = this.#speech ? this.#threshold - hysteresis : this.#threshold;
    this.#speech = this.#recent.every((value) => value >= bar);
    return this.#speech;
  }

  /** Begins anew. */
  reset(): void {
    this.#recent.fill(0);
    this.#speech = false;
  }
}
