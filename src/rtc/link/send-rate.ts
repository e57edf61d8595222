/** Counts are noted so far apart, so many of them: the rate is that of the last second. */
const noteEveryMs = 250;
const noteCount = 4;

/** How many bits a second are sent, from a count of bytes that is looked at now and then. */
export class SendRate {
  readonly #times: Float64Array = new Float64Array(noteCount).fill(Number.NaN);
  readonly #bytes: Float64Array = new Float64Array(noteCount);
  #next = 0;
  #notedAt: number = Number.NEGATIVE_INFINITY;

  /** Bits per second lately; 0 at the beginning. */
  bitrate = 0;

  /** @param total - Bytes sent since the beginning. */
  note(now: number, total: number): void {
    if (now - this.#notedAt < noteEveryMs) return;
    const oldest = this.#times[this.#next] as number;
    const from = Number.isNaN(oldest) ? 0 : this.#next;
    const since = this.#times[from] as number;
    // A count that grew older than the window by itself says the average of that time.
    if (!Number.isNaN(since) && now > since) {
      this.bitrate = ((total - (this.#bytes[from] as number)) * 8000) / (now - since);
    }
    this.#times[this.#next] = now;
    this.#bytes[this.#next] = total;
    this.#next = (this.#next + 1) % noteCount;
    this.#notedAt = now;
  }
}
