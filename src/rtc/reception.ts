import type { ReportBlock } from './rtcp-writer.js';
import type { ReceivedRtp } from './rtp-packet.js';

/** Variations of the transit time beyond that are no jitter: a clock was set, or the timestamps begin anew. */
const maxVariationMs = 5000;

/** What a receiver report needs to know of one stream (RFC 3550, A.3 and A.8). */
export class Reception {
  /** The sender. */
  readonly ssrc: number;
  /** Variation of arrival times, in units of the stream's clock. */
  jitter = 0;
  /** Share of packets lost up to the last report, 0 to 1. */
  fractionLost = 0;
  readonly #clockRate: number;
  readonly #first: number;
  #highest: number;
  #received = 0;
  #before = { expected: 0, received: 0 };
  #last: { timestamp: number; atMs: number } | null = null;
  #report: { middle: number; atMs: number } | null = null;

  constructor(first: ReceivedRtp, clockRate: number) {
    this.ssrc = first.ssrc;
    this.#clockRate = clockRate;
    this.#first = first.index;
    this.#highest = first.index;
  }

  /** Packets missing so far; negative when some came twice. */
  get packetsLost(): number {
    return this.#highest - this.#first + 1 - this.#received;
  }

  /** Variation of arrival times in ms. */
  get jitterMs(): number {
    return (this.jitter * 1000) / this.#clockRate;
  }

  /** Counts a packet as it came, retransmissions left out. */
  note(packet: ReceivedRtp, nowMs: number): void {
    this.#received += 1;
    this.#highest = Math.max(this.#highest, packet.index);
    if (this.#last !== null) {
      const ticks = ((nowMs - this.#last.atMs) * this.#clockRate) / 1000;
      const variation = Math.abs(ticks - ((packet.timestamp - this.#last.timestamp) | 0));
      if (variation < (maxVariationMs * this.#clockRate) / 1000) {
        this.jitter += (variation - this.jitter) / 16;
      }
    }
    this.#last = { timestamp: packet.timestamp, atMs: nowMs };
  }

  /** Takes the time of a sender report: the middle 32 of its 64 bits. */
  noteSenderReport(middle: number, nowMs: number): void {
    this.#report = { middle, atMs: nowMs };
  }

  /** What there is to report now; begins a new interval. */
  report(nowMs: number): ReportBlock {
    const expected = this.#highest - this.#first + 1;
    const expectedNow = expected - this.#before.expected;
    const lostNow = expectedNow - (this.#received - this.#before.received);
    this.#before = { expected, received: this.#received };
    this.fractionLost = expectedNow > 0 ? Math.max(0, lostNow) / expectedNow : 0;
    return {
      ssrc: this.ssrc,
      fractionLost: Math.min(255, Math.floor(this.fractionLost * 256)),
      packetsLost: this.packetsLost,
      highest: this.#highest,
      jitter: Math.round(this.jitter),
      lastReport: this.#report?.middle ?? 0,
      sinceLastReport:
        this.#report === null ? 0 : Math.round(((nowMs - this.#report.atMs) * 65_536) / 1000),
    };
  }
}
