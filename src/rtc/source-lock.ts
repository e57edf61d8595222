/** A sender that has been silent for so long may be followed by another. */
const silentMs = 500;

/** Holds on to one sender of a section: packets of another count once the first has fallen silent. */
export class SourceLock {
  #ssrc: number | null = null;
  #heardMs = 0;

  /** `same`, `new` when it takes over, or `stranger`. */
  check(ssrc: number, nowMs: number): 'same' | 'new' | 'stranger' {
    const known = this.#ssrc === ssrc;
    if (!known && this.#ssrc !== null && nowMs - this.#heardMs < silentMs) return 'stranger';
    this.#ssrc = ssrc;
    this.#heardMs = nowMs;
    return known ? 'same' : 'new';
  }
}
