/** A packet that may be sent again. */
export interface SentPacket {
  /** Shared by all viewers. */
  payload: Buffer;
  /** RTP time of its picture. */
  timestamp: number;
  /** True for the last one of its picture. */
  marker: boolean;
}

/** Pictures kept: more than come in two seconds, at any rate that is watched. */
const capacity = 256;
/** Older packets come too late to be shown. */
const maxAgeMs = 2000;
/** A packet that got lost again is not asked for sooner. */
const minResendGapMs = 20;
/** Beyond that the path is broken and more packets make it worse. */
const maxResends = 5;

/** How often the packets of one picture were sent again, and when. */
interface Resends {
  readonly counts: Uint8Array;
  readonly atMs: Float64Array;
}

/**
 * What was sent to a viewer lately, to answer NACKs from: pictures, whose payloads all viewers share, so that a
 * viewer's own part is some numbers for each.
 */
export class PacketHistory {
  readonly #firsts: Float64Array = new Float64Array(capacity);
  readonly #sentAtMs: Float64Array = new Float64Array(capacity);
  readonly #timestamps: Uint32Array = new Uint32Array(capacity);
  readonly #payloads: (readonly Buffer[] | null)[] = [];
  readonly #resends: (Resends | null)[] = [];
  readonly #found: SentPacket = { payload: Buffer.alloc(0), timestamp: 0, marker: false };
  /** Pictures so far, and those forgotten. */
  #end = 0;
  #begin = 0;

  /**
   * Takes a picture whose first packet is sent now.
   *
   * @param first - That packet's sequence number, counted on over its roll-overs.
   */
  add(first: number, timestamp: number, payloads: readonly Buffer[], nowMs: number): void {
    while (
      this.#begin < this.#end &&
      (this.#end - this.#begin === capacity ||
        nowMs - (this.#sentAtMs[this.#begin % capacity] as number) > maxAgeMs)
    ) {
      this.#forget(this.#begin++ % capacity);
    }
    const at = this.#end++ % capacity;
    this.#firsts[at] = first;
    this.#sentAtMs[at] = nowMs;
    this.#timestamps[at] = timestamp;
    this.#payloads[at] = payloads;
    this.#resends[at] = null;
  }

  /** The packet, if it may be sent again now; counts as sent then. Valid until the next call. */
  take(index: number, roundTripMs: number, nowMs: number): Readonly<SentPacket> | null {
    const at = this.#find(index);
    if (at === -1 || nowMs - (this.#sentAtMs[at] as number) > maxAgeMs) return null;
    const payloads = this.#payloads[at] as readonly Buffer[];
    const place = index - (this.#firsts[at] as number);
    const resends = (this.#resends[at] ??= createResends(payloads.length));
    const count = resends.counts[place] as number;
    if (count >= maxResends) return null;
    // Asked for again before the last one can have arrived.
    const gapMs = Math.max(minResendGapMs, roundTripMs);
    if (count > 0 && nowMs - (resends.atMs[place] as number) < gapMs) return null;
    resends.counts[place] = count + 1;
    resends.atMs[place] = nowMs;
    return this.#packet(at, place);
  }

  /** One of the packets of the newest picture, `place` counted round and round; `null` before the first. */
  recent(place: number): { packet: Readonly<SentPacket>; index: number } | null {
    if (this.#begin === this.#end) return null;
    const at = (this.#end - 1) % capacity;
    const within = place % (this.#payloads[at] as readonly Buffer[]).length;
    return { packet: this.#packet(at, within), index: (this.#firsts[at] as number) + within };
  }

  /** Forgets all. */
  clear(): void {
    while (this.#begin < this.#end) this.#forget(this.#begin++ % capacity);
  }

  #packet(at: number, place: number): SentPacket {
    const payloads = this.#payloads[at] as readonly Buffer[];
    this.#found.payload = payloads[place] as Buffer;
    this.#found.timestamp = this.#timestamps[at] as number;
    this.#found.marker = place === payloads.length - 1;
    return this.#found;
  }

  /** Where the picture with that packet is, -1 when it is not there: newest first, which is what is asked for. */
  #find(index: number): number {
    for (let i = this.#end - 1; i >= this.#begin; i--) {
      const at = i % capacity;
      const place = index - (this.#firsts[at] as number);
      if (place < 0) continue;
      return place < (this.#payloads[at] as readonly Buffer[]).length ? at : -1;
    }
    return -1;
  }

  #forget(at: number): void {
    this.#payloads[at] = null;
    this.#resends[at] = null;
  }
}

function createResends(count: number): Resends {
  return { counts: new Uint8Array(count), atMs: new Float64Array(count) };
}
