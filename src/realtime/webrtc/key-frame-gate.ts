/** For so long after a key frame, in ms, it may still be on its way: a request cannot know of it. */
const travelMs = 100;
/** Key frames that were asked for come at most this often, in ms. */
const intervalMs = 500;

/** Lets at most two requested key frames a second through, and forgets no honest request. */
export class KeyFrameGate {
  readonly #now: () => number;
  #asked = false;
  #lastAt = Number.NEGATIVE_INFINITY;

  /** @param now - A clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** True when the next picture should be a key frame. */
  get due(): boolean {
    return this.#asked && this.#now() - this.#lastAt >= intervalMs;
  }

  /** Notes that the client wants one. */
  request(): void {
    if (this.#now() - this.#lastAt >= travelMs) this.#asked = true;
  }

  /** Notes that one went out, asked for or not. */
  sent(): void {
    this.#asked = false;
    this.#lastAt = this.#now();
  }
}
