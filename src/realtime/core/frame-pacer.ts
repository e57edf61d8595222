import type { Waker } from './waker.js';

/** A timer may fire so much early, ms. */
const timerJitterMs = 1.5;

/** Says when pictures are due that come at a steady rate. */
export class FramePacer {
  readonly #intervalMs: number;
  readonly #waker: Waker;
  #dueAt = -Infinity;
  #last = -Infinity;

  /** @param fps - Pictures a second. @param waker - Ends a wait early when it is closed. */
  constructor(fps: number, waker: Waker) {
    this.#intervalMs = 1000 / fps;
    this.#waker = waker;
  }

  /** Waits until the next picture is due, at least one round of the event loop, or until it is woken. */
  async turn(): Promise<void> {
    const now = performance.now();
    // Who is late does not hurry after what was missed.
    if (now - this.#dueAt > this.#intervalMs) this.#dueAt = now;
    await this.#waker.sleep(Math.max(0, Math.ceil(this.#dueAt - now)));
    const early = this.#dueAt - performance.now();
    const due = early > timerJitterMs ? this.#dueAt - early : this.#dueAt;
    this.#last = Math.max(due, this.#last + 0.001);
    this.#dueAt = this.#last + this.#intervalMs;
  }

  /** The time of the picture whose turn it is, in µs; it always grows. Making it may have taken a while. */
  time(): number {
    const now = performance.now();
    if (now - this.#last > this.#intervalMs) this.#last = now;
    return Math.round(this.#last * 1000);
  }
}
