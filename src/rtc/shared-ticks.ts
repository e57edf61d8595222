/** Ticks are put on a grid of so many ms, so that one turn of the event loop serves many. */
const gridMs = 100;

/**
 * Calls many listeners, each once a period, by one timer that runs only while somebody listens: a timer for each of hundreds of viewers
 * would wake the process hundreds of times a second.
 */
export class SharedTicks {
  readonly #periodMs: number;
  /** When each is due, by `performance.now()`: the one due first is the first. */
  readonly #due: Map<() => void, number> = new Map();
  #timer: NodeJS.Timeout | null = null;

  /** @param periodMs - Between two calls of one listener, about: the first may be 50 ms off, and none is made up for. */
  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Calls `listener` from now on; the first time after a period. */
  add(listener: () => void): void {
    this.#due.set(listener, this.#next(performance.now()));
    this.#arm();
  }

  /** Calls it no more. */
  remove(listener: () => void): void {
    this.#due.delete(listener);
    if (this.#due.size > 0 || this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #next(now: number): number {
    return Math.round((now + this.#periodMs) / gridMs) * gridMs;
  }

  #arm(): void {
    const [first] = this.#due.values();
    if (this.#timer !== null || first === undefined) return;
    // Timers count whole milliseconds, and may come one too early.
    const waitMs = first - performance.now() + 1;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#tick();
    }, waitMs);
  }

  #tick(): void {
    const now = performance.now();
    try {
      for (const [listener, due] of this.#due) {
        if (due > now) return;
        // Behind all others, who have the same period.
        this.#due.delete(listener);
        this.#due.set(listener, this.#next(now));
        listener();
      }
    } finally {
      this.#arm();
    }
  }
}
