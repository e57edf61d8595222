/** Thins a stream out to at most so many frames per second, evenly, by the frames' own times. */
export class RateLimit {
  readonly #interval: number;
  #next = -Infinity;

  /** @param framerate - Frames per second; `null` lets everything pass. */
  constructor(framerate: number | null) {
    this.#interval = framerate === null ? 0 : 1_000_000 / framerate;
  }

  /** True when the frame of this time, in µs, is to be kept. */
  keeps(timestamp: number): boolean {
    // A tenth of an interval of slack: 30 of 30 frames a second must pass whatever their jitter.
    if (timestamp < this.#next - this.#interval / 10) return false;
    const behind = timestamp - this.#next > this.#interval;
    this.#next = (behind ? timestamp : this.#next) + this.#interval;
    return true;
  }
}
