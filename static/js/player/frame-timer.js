/**
 * What browsers say of a shown picture; all in ms on the page's clock.
 *
 * @typedef {object} FrameTimes
 * @property {number} [receiveTime] When its last packet arrived.
 * @property {number} [captureTime] When it was captured, as far as the browser could find out.
 * @property {number} expectedDisplayTime When it is on the screen.
 *
 * @typedef {object} ShownTimes
 * @property {number | null} playoutMs From a picture's last packet to the screen; mean.
 * @property {number | null} captureMs From its capture to the screen; mean. Few browsers know it.
 */

/** Longer than a picture of a live stream can take: the browser has mixed up its clocks. */
const longestMs = 60_000;

/** Measures how long pictures take from the network to the screen, where the browser tells. */
export class FrameTimer {
  #video;
  #playout = new Mean();
  #capture = new Mean();
  #handle = 0;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  /** Begins, or goes on; a second call changes nothing. */
  start() {
    if (this.#handle === 0 && 'requestVideoFrameCallback' in this.#video) this.#next();
  }

  /** Stops measuring. */
  stop() {
    if (this.#handle !== 0) this.#video.cancelVideoFrameCallback(this.#handle);
    this.#handle = 0;
    this.take();
  }

  /**
   * Notes one shown picture.
   *
   * @param {FrameTimes} times
   */
  note({ receiveTime, captureTime, expectedDisplayTime }) {
    this.#playout.add(expectedDisplayTime - (receiveTime ?? NaN));
    this.#capture.add(expectedDisplayTime - (captureTime ?? NaN));
  }

  /**
   * The figures since the last call.
   *
   * @returns {ShownTimes}
   */
  take() {
    return { playoutMs: this.#playout.take(), captureMs: this.#capture.take() };
  }

  #next() {
    this.#handle = this.#video.requestVideoFrameCallback((_now, times) => {
      this.note(times);
      this.#next();
    });
  }
}

/** Of times in ms; passes over what cannot be. */
class Mean {
  #sum = 0;
  #count = 0;

  /** @param {number} ms */
  add(ms) {
    if (!(ms >= 0 && ms <= longestMs)) return;
    this.#sum += ms;
    this.#count += 1;
  }

  /** @returns {number | null} `null` when nothing was added since the last call. */
  take() {
    const mean = this.#count === 0 ? null : this.#sum / this.#count;
    this.#sum = 0;
    this.#count = 0;
    return mean;
  }
}
