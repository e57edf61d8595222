/** Sound is steady when its pieces follow each other within this, ms. */
const mostGapMs = 40;
/** What comes closer together than that, ms, is one lump. */
const leastGapMs = 5;
/** So many pieces in a row make it steady. */
const fewest = 5;

/** Tells sound that comes piece after piece from sound that comes in lumps, or not at all. */
export class SteadySound {
  #lastMs = -Infinity;
  #pieces = 0;

  /** A piece has come. */
  note(nowMs: number): void {
    const gapMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (gapMs > mostGapMs) this.#pieces = 0;
    else if (gapMs >= leastGapMs) this.#pieces += 1;
  }

  /** Whether the next piece can be counted on. */
  at(nowMs: number): boolean {
    return this.#pieces >= fewest && nowMs - this.#lastMs <= mostGapMs;
  }
}
