/** The fastest packet of so long, and of the span before it, counts as one that waited nowhere. */
const spanMs = 15_000;

/** How long packets wait in the network: how much later they come than the fastest ones did. */
export class QueueDelay {
  /** Of the newest packet, in ms; `null` before the first. */
  ms: number | null = null;
  #fastest: number = Number.POSITIVE_INFINITY;
  #fastestBefore: number = Number.POSITIVE_INFINITY;
  #spanBeganAt: number = Number.NEGATIVE_INFINITY;

  /**
   * Takes a packet; returns {@link ms}.
   *
   * @param delay - Arrival less sending, of clocks that need not agree.
   */
  add(now: number, delay: number): number {
    if (now - this.#spanBeganAt > spanMs) {
      this.#spanBeganAt = now;
      this.#fastestBefore = this.#fastest;
      this.#fastest = Number.POSITIVE_INFINITY;
    }
    if (delay < this.#fastest) this.#fastest = delay;
    const waited = delay - Math.min(this.#fastest, this.#fastestBefore);
    this.ms = waited;
    return waited;
  }
}
