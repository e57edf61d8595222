/** A packet that may be asked for again. */
export interface SentPacket {
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
  /** Shared by all viewers. */
  readonly payload: Buffer;
  /** As it went over the wire, where it is sent again as it was; `null` where RTX wraps it. */
  readonly encrypted: Buffer | null;
  /** When it was sent, by `performance.now()`. */
  readonly sentAtMs: number;
  /** When it was last sent again. */
  resentAtMs: number;
  /** How often it was sent again. */
  resent: number;
}

/** Packets kept: 1.5 s at 8 Mbit/s. Payloads are shared, so this is memory once for all viewers. */
const capacity = 1024;
/** Older packets come too late to be shown. */
const maxAgeMs = 2000;
/** A packet that got lost again is not asked for sooner. */
const minResendGapMs = 25;
/** Beyond that the path is broken and more packets make it worse. */
const maxResends = 5;

/** The newest packets of a viewer, to answer NACKs from; the oldest gives way. */
export class PacketHistory {
  readonly #packets: (SentPacket | undefined)[] = new Array<SentPacket | undefined>(capacity);

  add(packet: Omit<SentPacket, 'sentAtMs' | 'resentAtMs' | 'resent'>): void {
    this.#packets[packet.sequenceNumber % capacity] = {
      ...packet,
      sentAtMs: performance.now(),
      resentAtMs: 0,
      resent: 0,
    };
  }

  /** The packet, if it may be sent (again) now; counts as sent then. */
  take(sequenceNumber: number, roundTripMs: number): SentPacket | null {
    const packet = this.#packets[sequenceNumber % capacity];
    if (packet?.sequenceNumber !== sequenceNumber) return null;
    const now = performance.now();
    if (now - packet.sentAtMs > maxAgeMs || packet.resent >= maxResends) return null;
    if (now - packet.resentAtMs < Math.max(minResendGapMs, roundTripMs)) return null;
    packet.resent += 1;
    packet.resentAtMs = now;
    return packet;
  }

  /** Forgets all. */
  clear(): void {
    this.#packets.fill(undefined);
  }
}
