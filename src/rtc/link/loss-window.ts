/** What was counted so long ago weighs half. */
const halfLifeMs = 2000;
/** Fewer packets say nothing. */
const enough = 50;

/** Share of packets lost lately. */
export class LossWindow {
  #lost = 0;
  #arrived = 0;
  #at: number = Number.NaN;

  /**
   * Counts packets that were reported on together.
   *
   * @param lost - Less than 0 when some that had been given up came late.
   */
  add(now: number, arrived: number, lost: number): void {
    const elapsed = Number.isNaN(this.#at) ? 0 : now - this.#at;
    const kept = 0.5 ** (elapsed / halfLifeMs);
    this.#at = now;
    this.#lost = Math.max(0, this.#lost * kept + lost);
    this.#arrived = this.#arrived * kept + arrived;
  }

  /** Forgets what was counted. */
  clear(): void {
    this.#lost = 0;
    this.#arrived = 0;
  }

  /** 0 to 1; `null` while too few packets were counted. */
  get fraction(): number | null {
    const all = this.#lost + this.#arrived;
    return all < enough ? null : this.#lost / all;
  }
}
