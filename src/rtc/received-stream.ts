import { Reception } from './reception.js';
import { createReceiveStats } from './receive-stats.js';
import type { ReceiveStats } from './receive-stats.js';
import type { ReportBlock } from './rtcp-writer.js';
import type { ReceivedRtp } from './rtp-packet.js';
import { SourceLock } from './source-lock.js';

/** One section's stream as it comes: who sends it, how it arrives. */
export class ReceivedStream {
  /** Counted up here and by the receiver of the media. */
  readonly stats: ReceiveStats = createReceiveStats();
  readonly #clockRate: number;
  readonly #lock: SourceLock = new SourceLock();
  #reception: Reception | null = null;
  #announcedSsrc: number | null;

  /** @param announcedSsrc - Of the offer. */
  constructor(clockRate: number, announcedSsrc: number | null) {
    this.#clockRate = clockRate;
    this.#announcedSsrc = announcedSsrc;
  }

  /** The sender: heard, or announced; `null` when neither. */
  get ssrc(): number | null {
    return this.#reception?.ssrc ?? this.#announcedSsrc;
  }

  /** Counts a packet; `stranger` when it is not of the sender that counts, `new` when another has taken over. */
  note(packet: ReceivedRtp, nowMs: number): 'same' | 'new' | 'stranger' {
    const verdict = this.#lock.check(packet.ssrc, nowMs);
    if (verdict === 'stranger') return verdict;
    if (verdict === 'new' || this.#reception === null) {
      this.#reception = new Reception(packet, this.#clockRate);
      this.#announcedSsrc = null;
    }
    this.#reception.note(packet, nowMs);
    this.stats.packetsReceived += 1;
    this.stats.bytesReceived += packet.payload.length;
    this.stats.packetsLost = this.#reception.packetsLost;
    this.stats.jitterMs = this.#reception.jitterMs;
    return verdict;
  }

  /** Takes the time of a sender report, if it is of this sender. */
  noteSenderReport(ssrc: number, middle: number, nowMs: number): void {
    if (ssrc === this.#reception?.ssrc) this.#reception.noteSenderReport(middle, nowMs);
  }

  /** What there is to report; empty before the first packet. */
  report(nowMs: number): ReportBlock[] {
    if (this.#reception === null) return [];
    const block = this.#reception.report(nowMs);
    this.stats.fractionLost = this.#reception.fractionLost;
    return [block];
  }
}
