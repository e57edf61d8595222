/** Bytes are counted in slots of this length, so many of them. */
const slotMs = 50;
const slotCount = 10;
/** A packet that waited so long has come at the pace of the narrowest place on the way. */
const waitingMs = 12;
/** A stretch of such packets must be so long to be believed, and is cut there. */
const minStretchMs = 80;
const maxStretchMs = 500;
/** They arrive over so much longer than they were sent over: the narrow place was full. */
const fullShare = 1.1;
/** A gap between two such packets in which the narrow place had nothing of ours to do. */
const idleMs = 150;
/** What was seen so long ago says nothing of now. */
const freshMs = 700;

/** How many bits a second arrive, by the peer's clock. */
export class ArrivalRate {
  readonly #slots: Float64Array = new Float64Array(slotCount);
  #slot: number = Number.NaN;
  #firstSlot = 0;
  #stretchFrom: number = Number.NaN;
  #stretchTo = 0;
  #stretchSentAt = 0;
  #stretchBytes = 0;
  #capacity: number | null = null;
  #capacityAt = 0;

  /**
   * Takes a packet that arrived, in the order of sending.
   *
   * @param sentAt - In ms, as `arrivedAt`, which is 0 or more; of clocks that need not agree.
   * @param queueMs - How long it waited in the network.
   */
  add(sentAt: number, arrivedAt: number, bytes: number, queueMs: number): void {
    const slot = Math.floor(arrivedAt / slotMs);
    if (Number.isNaN(this.#slot)) {
      this.#slot = slot;
      this.#firstSlot = slot;
    }
    if (slot > this.#slot) {
      const steps = Math.min(slot - this.#slot, slotCount);
      for (let i = 1; i <= steps; i++) this.#slots[(this.#slot + i) % slotCount] = 0;
      if (steps === slotCount) this.#slots.fill(0);
      this.#slot = slot;
    }
    const place = slot % slotCount;
    if (this.#slot - slot < slotCount) this.#slots[place] = (this.#slots[place] as number) + bytes;
    this.#stretch(sentAt, arrivedAt, bytes, queueMs);
  }

  /** Bits per second over the last half second; `null` before that much has been seen. */
  get bitrate(): number | null {
    if (Number.isNaN(this.#slot) || this.#slot - this.#firstSlot < slotCount) return null;
    let bytes = 0;
    for (const slot of this.#slots) bytes += slot;
    // The newest slot is still being filled.
    const newest = this.#slots[this.#slot % slotCount] as number;
    return ((bytes - newest) * 8000) / (slotMs * (slotCount - 1));
  }

  /** Bits per second that came through while packets waited in the network: what it bears. `null`: none did lately. */
  capacityAt(arrivedAt: number): number | null {
    return arrivedAt - this.#capacityAt > freshMs ? null : this.#capacity;
  }

  /** Forgets all, after a gap. */
  reset(): void {
    this.#slots.fill(0);
    this.#slot = Number.NaN;
    this.#stretchFrom = Number.NaN;
    this.#capacity = null;
  }

  #stretch(sentAt: number, arrivedAt: number, bytes: number, queueMs: number): void {
    const isNew = Number.isNaN(this.#stretchFrom) || arrivedAt - this.#stretchTo > idleMs;
    if (queueMs < waitingMs || isNew) {
      this.#begin(sentAt, queueMs < waitingMs ? Number.NaN : arrivedAt);
      return;
    }
    this.#stretchTo = Math.max(this.#stretchTo, arrivedAt);
    this.#stretchBytes += bytes;
    const lasted = this.#stretchTo - this.#stretchFrom;
    // Otherwise they may have waited for something else, and come at the pace of the sender.
    const wasFull = lasted > (sentAt - this.#stretchSentAt) * fullShare;
    if (lasted >= minStretchMs && wasFull) {
      const measured = (this.#stretchBytes * 8000) / lasted;
      // A peer that is busy takes less for a moment: the most of the last while counts.
      if (measured >= (this.capacityAt(this.#stretchTo) ?? 0)) {
        this.#capacity = measured;
        this.#capacityAt = this.#stretchTo;
      }
    }
    if (lasted >= maxStretchMs) this.#begin(sentAt, this.#stretchTo);
  }

  #begin(sentAt: number, arrivedAt: number): void {
    this.#stretchFrom = arrivedAt;
    this.#stretchTo = arrivedAt;
    this.#stretchSentAt = sentAt;
    this.#stretchBytes = 0;
  }
}
