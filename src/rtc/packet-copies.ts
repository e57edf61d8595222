/** Packets kept, at 1.2 KiB each. */
const capacity = 512;
/** See `PacketHistory`. */
const maxAgeMs = 2000;
const minResendGapMs = 20;
const maxResends = 5;

interface Copy {
  readonly index: number;
  readonly packet: Buffer;
  readonly sentAtMs: number;
  resentAtMs: number;
  resent: number;
}

/**
 * The newest packets as they went over the wire, for the few viewers without RTX: the same number must not be encrypted
 * twice, so such a one is sent again byte for byte.
 */
export class PacketCopies {
  readonly #copies: Copy[] = [];

  /** Copies a packet; numbers come in order. */
  add(index: number, packet: Buffer, nowMs: number): void {
    const copy = Buffer.allocUnsafeSlow(packet.length);
    copy.set(packet, 0);
    const entry = { index, packet: copy, sentAtMs: nowMs, resentAtMs: 0, resent: 0 };
    this.#copies[index % capacity] = entry;
  }

  /** The packet, if it may be sent again now; counts as sent then. */
  take(index: number, roundTripMs: number, nowMs: number): Buffer | null {
    const copy = this.#copies[index % capacity];
    if (copy?.index !== index || nowMs - copy.sentAtMs > maxAgeMs) return null;
    if (copy.resent >= maxResends) return null;
    const gapMs = Math.max(minResendGapMs, roundTripMs);
    if (copy.resent > 0 && nowMs - copy.resentAtMs < gapMs) return null;
    copy.resent += 1;
    copy.resentAtMs = nowMs;
    return copy.packet;
  }

  /** Forgets all. */
  clear(): void {
    this.#copies.length = 0;
  }
}
