/** A step forward of more than this beyond the real time passed, in microseconds, is a new timeline. */
const maxLead = 10_000_000;

/**
 * Times as RTP needs them, ever rising, from those of frames that handlers made, which may repeat, be all zero or start over.
 * Times that rise are left as they are, so that sound and pictures of one source stay together.
 */
export class RisingClock {
  readonly #now: () => number;
  #offset = 0;
  #last: { time: number; atMs: number } | null = null;

  /** @param now - A clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The time to send `timestamp` as; both in microseconds. */
  next(timestamp: number): number {
    const atMs = this.#now();
    let time = timestamp + this.#offset;
    if (this.#last !== null) {
      const passed = Math.max(1, Math.round((atMs - this.#last.atMs) * 1000));
      if (time <= this.#last.time || time - this.#last.time > passed + maxLead) {
        time = this.#last.time + passed;
        this.#offset = time - timestamp;
      }
    }
    this.#last = { time, atMs };
    return time;
  }
}
