/** Never asked for less. */
const minBitrate = 100_000;

/**
 * How many bits a second a peer shall send: all that is wished for, less while packets get lost, after the
 * loss-based rule of browsers (draft-ietf-rmcat-gcc-02, 6).
 */
export class BandwidthWish {
  readonly #max: number;
  #bitrate: number;

  constructor(max: number) {
    this.#max = max;
    this.#bitrate = max;
  }

  /** In bits a second. */
  get bitrate(): number {
    return this.#bitrate;
  }

  /**
   * To be called once a second.
   *
   * @param fractionLost - Since the last time, 0 to 1.
   */
  adapt(fractionLost: number): void {
    if (fractionLost > 0.1) {
      this.#bitrate = Math.max(minBitrate, this.#bitrate * (1 - 0.5 * fractionLost));
    } else if (fractionLost < 0.02) {
      this.#bitrate = Math.min(this.#max, this.#bitrate * 1.08 + 1000);
    }
  }
}
