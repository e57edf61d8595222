import type { DtlsLink } from './dtls-link.js';
import type { ReceivedBlock } from './rtcp-reader.js';
import { writeSenderReport } from './rtcp-writer.js';
import { ntpNow } from './rtp-header.js';
import type { SendStats } from './viewer-stats.js';

/** Reports that an answer may still refer to. */
const remembered = 5;

/** What {@link SenderReports} tells of. */
export interface SenderReportsOptions {
  ssrc: number;
  cname: string;
  /** Of the RTP timestamps, in Hz. */
  clockRate: number;
  /** Counted up elsewhere; what the peer says is put in here. */
  stats: SendStats;
  /** The time of day of a moment of the stream, in ms; `nowMs`, that of sending, when left out. */
  timeOfDay?: (microseconds: number, nowMs: number) => number;
}

/** Tells the peer how RTP time and the time of day relate, and learns from its answers (RFC 3550, 6.4). */
export class SenderReports {
  readonly #link: DtlsLink;
  readonly #options: SenderReportsOptions;
  #sent: { middle: number; atMs: number }[] = [];
  #answered = false;

  constructor(link: DtlsLink, options: SenderReportsOptions) {
    this.#link = link;
    this.#options = options;
  }

  /** True once the peer has reported about this stream. */
  get answered(): boolean {
    return this.#answered;
  }

  /**
   * Sends a report; once a second.
   *
   * @param last - What was sent last: its time in the media and on the wire, and when that was, by
   *   `performance.now()`.
   * @param octets - Payload bytes so far, modulo 2 ** 32.
   */
  send(
    { microseconds, timestamp, atMs }: { microseconds: number; timestamp: number; atMs: number },
    octets: number,
  ): void {
    const { ssrc, cname, clockRate, stats, timeOfDay } = this.#options;
    const now = Date.now();
    const monotonic = performance.now();
    const sentAt = now - (monotonic - atMs);
    const mediaMs = timeOfDay?.(microseconds, sentAt) ?? sentAt;
    const elapsed = Math.round(((now - mediaMs) * clockRate) / 1000);
    const ntp = ntpNow(now);
    const packet = writeSenderReport({
      ssrc,
      cname,
      ntp,
      timestamp: (timestamp + elapsed) >>> 0,
      packets: stats.packetsSent >>> 0,
      octets,
    });
    const middle = (((ntp.seconds & 0xffff) << 16) | (ntp.fraction >>> 16)) >>> 0;
    if (this.#sent.length === remembered) this.#sent.shift();
    this.#sent.push({ middle, atMs: monotonic });
    this.#link.sendRtcp(packet);
  }

  /** Takes what the peer says of one of our streams. */
  take(report: ReceivedBlock): void {
    const { ssrc, stats, clockRate } = this.#options;
    if (report.ssrc !== ssrc) return;
    this.#answered = true;
    stats.fractionLost = report.fractionLost / 256;
    stats.packetsLost = report.packetsLost;
    stats.jitterMs = (report.jitter * 1000) / clockRate;
    const sent = this.#sent.find(({ middle }) => middle === report.lastReport);
    if (sent === undefined || report.lastReport === 0) return;
    const roundTrip = performance.now() - sent.atMs - (report.sinceLastReport * 1000) / 65_536;
    stats.roundTripMs = Math.max(0, roundTrip);
  }
}
