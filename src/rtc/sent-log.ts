/** What is known of one packet that was sent. */
export interface SentPacketInfo {
  /** When, by `performance.now()`. */
  sentAtMs: number;
  /** On the wire, without the headers of IP and UDP. */
  bytes: number;
}

/** Packets kept: more than a second at 8 Mbit/s; feedback comes ten times a second. */
const capacity = 1024;

/**
 * Gives every packet of a peer its transport-wide sequence number, whatever stream it belongs to, and remembers the
 * newest 1,024, so that feedback can be matched (draft-holmer-rmcat-transport-wide-cc-extensions-01).
 */
export class SentLog {
  readonly #sentAtMs: Float64Array = new Float64Array(capacity);
  readonly #bytes: Uint16Array = new Uint16Array(capacity);
  /** What `lookup` gives: feedback asks about every packet. */
  readonly #found: SentPacketInfo = { sentAtMs: 0, bytes: 0 };
  /** How many numbers were given out. */
  #count = 0;

  /** Packets logged so far. */
  get count(): number {
    return this.#count;
  }

  /** Logs a packet; returns its number, 0 to 65,535, one more than the last one's. */
  add(sentAtMs: number, bytes: number): number {
    const place = this.#count % capacity;
    this.#sentAtMs[place] = sentAtMs;
    this.#bytes[place] = bytes;
    return this.#count++ & 0xffff;
  }

  /** The packet of that number, as it comes in feedback; `null` when none, or forgotten. Valid until the next call. */
  lookup(number: number): Readonly<SentPacketInfo> | null {
    const behind = (this.#count - 1 - number) & 0xffff;
    if (behind >= Math.min(capacity, this.#count)) return null;
    const place = (this.#count - 1 - behind) % capacity;
    this.#found.sentAtMs = this.#sentAtMs[place] as number;
    this.#found.bytes = this.#bytes[place] as number;
    return this.#found;
  }
}
