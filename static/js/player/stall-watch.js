const noticeMs = 2500;
/** Longer: a browser that gets no pictures hears from the server every 2 or 3 s. */
const silenceMs = 3000;
const longestNoticeMs = 60_000;
/** Background tabs are woken rarely: one late look counts for no more than this. */
const longestStepMs = 2000;
/** So many pauses between pictures have been seen, and the source's pace is known. */
const pausesUntilPaceKnown = 4;

/**
 * What a look takes from the browser's statistics, all counted since the connection began.
 *
 * @typedef {object} Progress
 * @property {number} framesDecoded
 * @property {number} videoBytes Of pictures, arrived.
 * @property {number | null} lifeSigns Rises with anything that arrives, answers to the browser's
 *   own checks included; `null` where the browser does not count.
 */

/**
 * Notices that the picture is frozen although everything says "live". Three things can be wrong, and
 * each has its own patience:
 *
 * - nothing at all arrives, though the server answers a check every few seconds: it is gone;
 * - bytes of pictures arrive, but no picture comes of them;
 * - all is well but for the pictures. A source that is slow by nature is given four times its usual
 *   pause, and one whose pace is not known yet a minute.
 */
export class StallWatch {
  /** @type {Progress | null} */
  #last = null;
  #lookedAt = 0;
  #silentMs = 0;
  #stalledMs = 0;
  #undecodedMs = 0;
  #usualPauseMs = 0;
  #pauses = 0;

  /** For a new connection. */
  restart() {
    this.#last = null;
    this.#lookedAt = 0;
    this.#silentMs = 0;
    this.#pauses = 0;
    this.expectNothing();
  }

  /** No pictures are due for now: the source said so itself. */
  expectNothing() {
    this.#stalledMs = 0;
    this.#undecodedMs = 0;
  }

  /**
   * @param {Progress} progress
   * @param {number} now In ms, rising.
   */
  look(progress, now) {
    const last = this.#last;
    const step = last === null ? 0 : Math.min(now - this.#lookedAt, longestStepMs);
    this.#last = progress;
    this.#lookedAt = now;
    const { framesDecoded, videoBytes, lifeSigns } = progress;
    this.#silentMs =
      lifeSigns === null || lifeSigns !== last?.lifeSigns ? 0 : this.#silentMs + step;
    if (framesDecoded !== last?.framesDecoded) {
      if (last && last.framesDecoded > 0) {
        this.#usualPauseMs = Math.max(this.#usualPauseMs, this.#stalledMs);
        this.#pauses += 1;
      }
      this.expectNothing();
      return;
    }
    this.#stalledMs += step;
    if (this.#undecodedMs > 0 || videoBytes !== last.videoBytes) this.#undecodedMs += step;
  }

  /** True when nothing at all arrives: the connection is interrupted. */
  get silent() {
    return this.#silentMs > silenceMs;
  }

  /** True when the pause is worth telling. */
  get stalled() {
    return this.#stalledMs > this.#noticeMs || this.#undecodedMs > noticeMs;
  }

  /** True when a new connection should be tried. */
  get hopeless() {
    return (
      this.#silentMs > 2 * silenceMs ||
      this.#undecodedMs > 2 * noticeMs ||
      this.#stalledMs > 2 * this.#noticeMs
    );
  }

  get #noticeMs() {
    if (this.#pauses < pausesUntilPaceKnown) return longestNoticeMs;
    return Math.min(longestNoticeMs, Math.max(noticeMs, 4 * this.#usualPauseMs));
  }
}
