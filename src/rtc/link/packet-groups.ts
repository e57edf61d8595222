/** Packets sent so close together are one burst: their spacing says nothing of the network. */
const burstMs = 5;
/** A burst that the network itself has made, e.g. Wi-Fi, which hands packets over in bundles, lasts so long at most. */
const maxBundleMs = 100;

/**
 * Puts packets that were sent together into groups, and compares each group with the one before: how much further
 * apart they arrived than they were sent (draft-ietf-rmcat-gcc-02, 5.2).
 */
export class PacketGroups {
  /** Arrival of the last finished group. */
  arrivedAt = 0;
  /** How much longer the last finished group was under way than the one before, in ms. */
  growthMs = 0;
  #firstSentAt: number = Number.NaN;
  #firstArrivedAt = 0;
  #lastSentAt = 0;
  #lastArrivedAt = 0;
  #beforeSentAt: number = Number.NaN;
  #beforeArrivedAt = 0;

  /**
   * Takes the next packet, in the order of sending; times in ms, each of a clock of its own.
   *
   * @returns True when a group is finished: the properties say what it was like.
   */
  add(sentAt: number, arrivedAt: number): boolean {
    if (Number.isNaN(this.#firstSentAt)) {
      this.#begin(sentAt, arrivedAt);
      return false;
    }
    // Overtaken by a packet of a newer group: of no use.
    if (sentAt < this.#firstSentAt) return false;
    if (this.#belongs(sentAt, arrivedAt)) {
      this.#lastSentAt = Math.max(this.#lastSentAt, sentAt);
      this.#lastArrivedAt = Math.max(this.#lastArrivedAt, arrivedAt);
      return false;
    }
    const comparable = !Number.isNaN(this.#beforeSentAt);
    if (comparable) {
      this.arrivedAt = this.#lastArrivedAt;
      this.growthMs =
        this.#lastArrivedAt - this.#beforeArrivedAt - (this.#lastSentAt - this.#beforeSentAt);
    }
    this.#beforeSentAt = this.#lastSentAt;
    this.#beforeArrivedAt = this.#lastArrivedAt;
    this.#begin(sentAt, arrivedAt);
    return comparable;
  }

  /** Begins anew, after a gap that compares with nothing. */
  reset(): void {
    this.#firstSentAt = Number.NaN;
    this.#beforeSentAt = Number.NaN;
  }

  #begin(sentAt: number, arrivedAt: number): void {
    this.#firstSentAt = sentAt;
    this.#lastSentAt = sentAt;
    this.#firstArrivedAt = arrivedAt;
    this.#lastArrivedAt = arrivedAt;
  }

  #belongs(sentAt: number, arrivedAt: number): boolean {
    if (sentAt - this.#firstSentAt <= burstMs) return true;
    const apart = arrivedAt - this.#lastArrivedAt;
    return (
      apart <= burstMs &&
      apart < sentAt - this.#lastSentAt &&
      arrivedAt - this.#firstArrivedAt < maxBundleMs
    );
  }
}
