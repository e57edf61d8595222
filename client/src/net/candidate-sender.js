/**
 * Sends our candidates one after the other, from when the server knows our offer: FastRTC loses those that
 * come before it.
 */
export class CandidateSender {
  /** @type {RTCIceCandidateInit[]} */
  #waiting = [];
  #open = false;
  #busy = false;
  #post;

  /** @param {(candidate: RTCIceCandidateInit) => Promise<void>} post Never rejects. */
  constructor(post) {
    this.#post = post;
  }

  /** @param {RTCIceCandidate | null} candidate `null`: there will be no more. */
  add(candidate) {
    const end = { candidate: '', sdpMid: '0', sdpMLineIndex: 0 };
    const last = this.#waiting.at(-1);
    if (candidate === null && last?.candidate === '') return; // Firefox says so itself before it
    this.#waiting.push(candidate?.toJSON() ?? end);
    void this.#drain();
  }

  /** The offer was answered. */
  start() {
    this.#open = true;
    void this.#drain();
  }

  stop() {
    this.#open = false;
    this.#waiting.length = 0;
  }

  async #drain() {
    if (this.#busy) return;
    this.#busy = true;
    for (;;) {
      const candidate = this.#open ? this.#waiting.shift() : undefined;
      if (!candidate) break;
      await this.#post(candidate);
    }
    this.#busy = false;
  }
}
