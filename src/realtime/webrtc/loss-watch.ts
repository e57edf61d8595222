/** Losses from this share on are heard. */
const heardShare = 0.01;
/** A path is taken for good again after so long without, ms. */
const calmMs = 30_000;

/** Whether the path to a client loses what is sent. Reports are not always right at once: it forgets slowly. */
export class LossWatch {
  readonly #now: () => number;
  #lossy = false;
  #lostAt = -Infinity;

  /** @param now - A clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** True while it loses some. */
  get lossy(): boolean {
    return this.#lossy;
  }

  /**
   * Takes what the client says.
   *
   * @param share - Lost lately, 0 to 1; `null` when it has not said yet.
   * @returns True when {@link lossy} has changed.
   */
  note(share: number | null): boolean {
    const now = this.#now();
    if (share !== null && share >= heardShare) this.#lostAt = now;
    const lossy = now - this.#lostAt < calmMs;
    const changed = lossy !== this.#lossy;
    this.#lossy = lossy;
    return changed;
  }
}
