/** Bits a second of a link of which no limit is known: a key frame of 100 packets takes some 5 ms. */
const openRate = 160_000_000;
/** What may leave at once on such a link: some 16 packets, more than most pictures have. */
const openBurst = 20_000;
/** What may leave at once on any link, and how much of its rate. */
const minBurst = 6000;
const burstMs = 5;
/** Never slower than that. */
const minRate = 500_000;

/** How many bytes may leave now: a bucket that fills at the pace of the link. */
export class SendBudget {
  #bytesPerMs: number = openRate / 8000;
  #burst: number = openBurst;
  #bytes: number = openBurst;
  #filledAtMs: number = Number.NEGATIVE_INFINITY;

  /** Bytes that leave in a millisecond. */
  get bytesPerMs(): number {
    return this.#bytesPerMs;
  }

  /** @param bitrate - Bits a second; `null` where no limit is known. */
  setRate(bitrate: number | null): void {
    const rate = bitrate === null ? openRate : Math.min(openRate, Math.max(minRate, bitrate));
    this.#bytesPerMs = rate / 8000;
    this.#burst = Math.min(openBurst, Math.max(minBurst, this.#bytesPerMs * burstMs));
  }

  /** Brings it up to date. */
  fill(nowMs: number): void {
    const elapsed = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    this.#bytes = Math.min(this.#burst, this.#bytes + elapsed * this.#bytesPerMs);
  }

  /** True while something may leave; the last packet may take more than there is. */
  get open(): boolean {
    return this.#bytes > 0;
  }

  /** So many bytes leave. */
  take(bytes: number): void {
    this.#bytes -= bytes;
  }
}
