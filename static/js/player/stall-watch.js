const noticeMs = 5000;
const longestNoticeMs = 60_000;
/** Background tabs are woken rarely: one late look counts for no more than this. */
const longestStepMs = 2000;

/**
 * Notices that no pictures come although everything says "live". A source that is slow by nature is
 * given four times its usual pause.
 */
export class StallWatch {
  #frames = -1;
  #stalledMs = 0;
  #usualGapMs = 0;
  #lookedAt = 0;

  /** For a new connection. */
  restart() {
    this.#frames = -1;
    this.#stalledMs = 0;
    this.#lookedAt = 0;
  }

  /**
   * @param {number} framesDecoded
   * @param {number} now In ms, rising.
   */
  look(framesDecoded, now) {
    const step = this.#lookedAt === 0 ? 0 : Math.min(now - this.#lookedAt, longestStepMs);
    this.#lookedAt = now;
    if (framesDecoded === this.#frames) {
      this.#stalledMs += step;
      return;
    }
    if (this.#frames > 0) this.#usualGapMs = Math.max(this.#usualGapMs, this.#stalledMs);
    this.#frames = framesDecoded;
    this.#stalledMs = 0;
  }

  /** True when the pause is worth telling. */
  get stalled() {
    return this.#stalledMs > this.#noticeMs;
  }

  /** True when a new connection should be tried. */
  get hopeless() {
    return this.#stalledMs > 2 * this.#noticeMs;
  }

  get #noticeMs() {
    return Math.min(longestNoticeMs, Math.max(noticeMs, 4 * this.#usualGapMs));
  }
}
