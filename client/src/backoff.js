const firstMs = 500;
const longestMs = 15_000;

/** Waits between tries: half a second, doubling up to 15 s, spread so that visitors do not come at once. */
export class Backoff {
  #tries = 0;

  /** How long to wait before the next try, in ms. */
  next() {
    const wait = Math.min(longestMs, firstMs * 2 ** this.#tries);
    this.#tries += 1;
    return wait * (0.8 + 0.4 * Math.random());
  }

  /** To be called when things went well. */
  reset() {
    this.#tries = 0;
  }
}
