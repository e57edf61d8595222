/** Below this a picture is not worth sending. */
const minBitrate = 100_000;
/** Of what a client says it can take; the rest is for headers, sound and repair. */
const share = 0.85;
/** Time over which what was sent is measured, in ms. */
const windowMs = 1000;
/** Least time between a change and one down, in ms. */
const downAfterMs = 1000;
/** Least time between a change and one up, in ms. */
const upAfterMs = 5000;

/**
 * Decides how many bits a second to encode, from what the client says it can take (REMB). With hysteresis, so that
 * the quality does not swing with each estimate.
 */
export class BitrateControl {
  readonly #max: number;
  readonly #now: () => number;
  #bitrate: number;
  #changedAt: number;
  #windowAt: number;
  #windowBytes = 0;
  /** Bits a second that were sent in the last whole window. */
  #rate = 0;

  /**
   * @param max - Never more than this.
   * @param now - A clock in ms.
   */
  constructor(max: number, now: () => number = () => performance.now()) {
    this.#max = max;
    this.#bitrate = max;
    this.#now = now;
    this.#changedAt = now();
    this.#windowAt = now();
  }

  /** Bits a second to encode. */
  get bitrate(): number {
    return this.#bitrate;
  }

  /** Notes what was sent. */
  sent(bytes: number): void {
    const now = this.#now();
    const elapsed = now - this.#windowAt;
    if (elapsed >= windowMs) {
      this.#rate = (this.#windowBytes * 8000) / elapsed;
      this.#windowAt = now;
      this.#windowBytes = 0;
    }
    this.#windowBytes += bytes;
  }

  /** Takes the client's estimate. @returns true when {@link bitrate} has changed. */
  estimate(bitsPerSecond: number): boolean {
    const bound = Math.round(Math.min(this.#max, Math.max(minBitrate, bitsPerSecond * share)));
    const since = this.#now() - this.#changedAt;
    const up = bound > this.#bitrate * 1.25 || (bound === this.#max && this.#bitrate < bound);
    // A client knows of no more than it got: while little is sent, a low estimate says nothing.
    const down = bound < this.#bitrate * 0.85 && this.#rate > bitsPerSecond * 0.75;
    if (!(up && since >= upAfterMs) && !(down && since >= downAfterMs)) return false;
    this.#bitrate = bound;
    this.#changedAt = this.#now();
    return true;
  }
}
