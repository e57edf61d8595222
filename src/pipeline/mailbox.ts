/**
 * A queue of one: what arrives while it is full replaces what is in it. This is how a slow stage
 * loses old pictures instead of falling behind.
 */
export class Mailbox<T> {
  readonly #discard: (value: T) => void;
  #value: T | undefined;
  #waiting: ((value: T | null) => void) | undefined;
  #replaced = 0;
  #closed = false;

  /** @param discard - Lets go of a value that nobody will take. */
  constructor(discard: (value: T) => void) {
    this.#discard = discard;
  }

  /** Values that were replaced before anyone took them. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Puts a value in, in place of one that still waits. After `close()` it is discarded. */
  put(value: T): void {
    if (this.#closed) {
      this.#discard(value);
      return;
    }
    if (this.#waiting) {
      const give = this.#waiting;
      this.#waiting = undefined;
      give(value);
      return;
    }
    this.clear();
    this.#value = value;
  }

  /** The newest value, as soon as there is one; `null` once closed. One taker at a time. */
  take(): Promise<T | null> {
    const value = this.#value;
    if (value !== undefined) {
      this.#value = undefined;
      return Promise.resolve(value);
    }
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Discards the value inside, which counts as replaced. */
  clear(): void {
    if (this.#value === undefined) return;
    this.#replaced += 1;
    this.#discard(this.#value);
    this.#value = undefined;
  }

  /** Discards the value inside and ends the taker. */
  close(): void {
    this.#closed = true;
    if (this.#value !== undefined) this.#discard(this.#value);
    this.#value = undefined;
    this.#waiting?.(null);
    this.#waiting = undefined;
  }
}
