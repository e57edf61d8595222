/** A timer may fire so much early by `performance.now()`, ms. */
const timerJitterMs = 1;

/**
 * Rings once at a time that may be put off again and again, as with every piece of sound: the timer underneath is left alone
 * then and looks at the time when it fires.
 */
export class Alarm {
  readonly #ring: () => void;
  #at = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  /** @param ring - Must not throw. */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings at `atMs`, by `performance.now()`, and no sooner. */
  set(atMs: number, nowMs: number = performance.now()): void {
    this.#at = atMs;
    if (this.#timer !== undefined && this.#timerAt <= atMs) return;
    clearTimeout(this.#timer);
    this.#arm(nowMs);
  }

  /** Does not ring; leaves no timer. */
  cancel(): void {
    this.#at = Infinity;
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(nowMs: number): void {
    this.#timerAt = this.#at;
    this.#timer = setTimeout(this.#fire, Math.max(0, Math.ceil(this.#at - nowMs)));
  }

  readonly #fire = (): void => {
    const now = performance.now();
    if (this.#at - now > timerJitterMs) {
      this.#arm(now);
      return;
    }
    this.#timer = undefined;
    this.#ring();
  };
}
