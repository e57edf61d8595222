/** Bits per second that an encoder may take at most and at least. */
export interface BitrateRange {
  readonly bitrate: number;
  readonly minBitrate: number;
}

/** How finely a bit rate is followed. */
interface Steps {
  /** Changes smaller than this share of the bit rate are not worth making. */
  readonly least: number;
  /** Steps up are at most this much, so that a link that bears more is found out, not overrun. */
  readonly up: number;
  /** Time between two changes, ms. */
  readonly intervalMs: number;
}

const fine: Steps = { least: 0.05, up: 1.15, intervalMs: 1000 };
/** Where each change costs a key frame. */
const coarse: Steps = { least: 0.2, up: 1.4, intervalMs: 4000 };

/**
 * Bit rate of a rendition after what its viewers' links bear: down at once, at most once a second; up in
 * small steps.
 */
export class BitrateFollower {
  readonly #now: () => number;
  #current: number | null = null;
  #changedAt = -Infinity;

  /** @param now - A clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * The bit rate to encode the next picture at.
   *
   * @param wanted - What the best viewer's link bears; `null` when it is not known to be limited.
   * @param costly - Each change makes the encoder start anew, with a key frame. Default `false`.
   */
  follow(wanted: number | null, { bitrate, minBitrate }: BitrateRange, costly = false): number {
    const { least, up, intervalMs } = costly ? coarse : fine;
    const target = Math.min(Math.max(wanted ?? bitrate, minBitrate), bitrate);
    const now = this.#now();
    // Whose link is not known to be limited is not made to wait for those whose is.
    if (this.#current === null || wanted === null || this.#current > bitrate) {
      return this.#set(target, now);
    }
    const small = Math.abs(target - this.#current) < this.#current * least;
    const settled = target !== bitrate && target !== minBitrate;
    // What a link does not bear is not sent to it for long, whatever that costs.
    const waitMs = target < this.#current ? fine.intervalMs : intervalMs;
    if (target === this.#current || (small && settled) || now - this.#changedAt < waitMs) {
      return this.#current;
    }
    return this.#set(Math.min(target, Math.round(this.#current * up)), now);
  }

  /** Goes to the wanted bit rate at once next time: another viewer has come, or the encoder starts over. */
  restart(): void {
    this.#current = null;
  }

  #set(bitrate: number, now: number): number {
    if (bitrate !== this.#current) this.#changedAt = now;
    this.#current = bitrate;
    return bitrate;
  }
}
