/** Waiting times that double from try to try, up to a ceiling, with a little chance in them. */
export class Backoff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  #tries = 0;

  /** @param firstMs - Before the first retry. @param mostMs - Never longer. */
  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  /** Ms to wait before the next try. */
  next(): number {
    const full = Math.min(this.#firstMs * 2 ** this.#tries, this.#mostMs);
    this.#tries += 1;
    // Up to a fifth less, so that many who lost the same thing do not all come back at once.
    return Math.round(full * (1 - Math.random() / 5));
  }

  /** Starts over, after a success. */
  reset(): void {
    this.#tries = 0;
  }
}
