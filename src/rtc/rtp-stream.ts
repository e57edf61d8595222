import { randomBytes } from 'node:crypto';
import type { DtlsLink } from './dtls-link.js';
import { PacketHistory } from './packet-history.js';
import type { OfferedExtensions } from './peer-offer.js';
import { RtpHeaderWriter, ntpNow } from './rtp-header.js';
import type { ReceivedBlock, RtcpMessage } from './rtcp-reader.js';
import { writeSenderReport } from './rtcp-writer.js';
import type { SendStats } from './viewer-stats.js';

/** Identifies the stream in the answer and on the wire. */
export interface RtpIdentity {
  /** Of the media. */
  readonly ssrc: number;
  /** Of its retransmissions. */
  readonly rtxSsrc: number;
  /** Canonical name (RFC 3550, 6.5.1). */
  readonly cname: string;
}

/** Random, as RFC 3550 wants it; streams of one peer have one `cname`. */
export function createRtpIdentity(cname?: string): RtpIdentity {
  const bytes = randomBytes(16);
  const ssrc = bytes.readUInt32BE(0) >>> 0;
  const rtxSsrc = bytes.readUInt32BE(4) >>> 0;
  return {
    ssrc,
    rtxSsrc: rtxSsrc === ssrc ? ssrc ^ 1 : rtxSsrc,
    cname: cname ?? bytes.toString('base64url', 8),
  };
}

/** What an {@link RtpStream} is told, and tells. */
export interface RtpStreamOptions {
  identity: RtpIdentity;
  /** The section it belongs to. */
  mid: string;
  extensions: OfferedExtensions;
  payloadType: number;
  /** False where packets are never sent again. */
  resends: boolean;
  /** Of retransmissions; without it packets are sent again as they were. */
  rtxPayloadType: number | null;
  /** Of the RTP timestamps, in Hz. */
  clockRate: number;
  /** Counted up. */
  stats: SendStats;
  /** The time of day of a moment of the stream, in ms; `nowMs`, that of sending, when left out. */
  timeOfDay?: (microseconds: number, nowMs: number) => number;
  /** The peer needs a key frame. */
  onKeyFrameRequest?: (reason: 'pli' | 'fir') => void;
  /** The peer says how many bits a second it can take. */
  onBandwidth?: (bitrate: number) => void;
}

/** How the packets of one {@link RtpStream.send} are marked. */
export interface SendMarks {
  /** They can be decoded alone. */
  key: boolean;
  /** The last one carries the marker bit. */
  marker: boolean;
}

/** One RTP stream to one peer: its headers over shared payloads, reports, retransmission. */
export class RtpStream {
  readonly #link: DtlsLink;
  readonly #options: RtpStreamOptions;
  readonly #identity: RtpIdentity;
  readonly #stats: SendStats;
  readonly #headers: RtpHeaderWriter;
  readonly #history: PacketHistory | null;
  readonly #timestampOffset: number = randomBytes(4).readUInt32BE(0);
  // Below half, so that the first roll-over is far off (RFC 3711, 3.3.1).
  #sequenceNumber: number = randomBytes(2).readUInt16BE(0) & 0x7fff;
  #rtxSequenceNumber: number = randomBytes(2).readUInt16BE(0) & 0x7fff;
  /** What was sent last: its time in the media and on the wire, and the time of day then. */
  #last: { microseconds: number; timestamp: number; atMs: number } | null = null;
  #octets = 0;
  #reported = false;
  #reports: { middle: number; atMs: number }[] = [];

  constructor(link: DtlsLink, options: RtpStreamOptions) {
    this.#link = link;
    this.#options = options;
    this.#identity = options.identity;
    this.#stats = options.stats;
    this.#history = options.resends ? new PacketHistory() : null;
    this.#headers = new RtpHeaderWriter(options.extensions, options.mid);
  }

  /**
   * Sends all payloads of a picture or a piece of sound.
   *
   * @param microseconds - Its time.
   */
  send(
    microseconds: number,
    payloads: readonly Buffer[],
    { key, marker: marked }: SendMarks,
  ): void {
    const timestamp = this.#rtpTime(microseconds);
    const use = { mid: !this.#reported, playoutDelay: key };
    const { ssrc } = this.#identity;
    const { payloadType, rtxPayloadType } = this.#options;
    const last = payloads.length - 1;
    for (let index = 0; index <= last; index++) {
      const payload = payloads[index] as Buffer;
      const sequenceNumber = this.#sequenceNumber;
      this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
      const marker = marked && index === last;
      const fields = { payloadType, marker, sequenceNumber, timestamp, ssrc };
      const packet = this.#link.sendRtp(payload, this.#headers.write(fields, use));
      // Encrypting an old sequence number again goes wrong around a roll-over: keep the packet.
      const encrypted = rtxPayloadType === null ? packet : null;
      this.#history?.add({ sequenceNumber, timestamp, marker, payload, encrypted });
      this.#octets = (this.#octets + payload.length) >>> 0;
      this.#stats.packetsSent += 1;
      this.#stats.bytesSent += payload.length;
    }
    this.#last = { microseconds, timestamp, atMs: Date.now() };
    this.#stats.framesSent += 1;
    if (key) this.#stats.keyFramesSent += 1;
  }

  /** Tells the viewer how RTP time and the time of day relate (RFC 3550, 6.4.1); once a second. */
  report(): void {
    if (this.#last === null) return;
    const { microseconds, timestamp, atMs } = this.#last;
    const { timeOfDay, clockRate } = this.#options;
    const now = Date.now();
    const mediaMs = timeOfDay?.(microseconds, atMs) ?? atMs;
    const elapsed = Math.round(((now - mediaMs) * clockRate) / 1000);
    const ntp = ntpNow(now);
    const packet = writeSenderReport({
      ...this.#identity,
      ntp,
      timestamp: (timestamp + elapsed) >>> 0,
      packets: this.#stats.packetsSent >>> 0,
      octets: this.#octets,
    });
    const middle = (((ntp.seconds & 0xffff) << 16) | (ntp.fraction >>> 16)) >>> 0;
    this.#reports = [...this.#reports.slice(-4), { middle, atMs: performance.now() }];
    this.#link.sendRtcp(packet);
  }

  /** Takes what the viewer reports. */
  handleRtcp(message: RtcpMessage): void {
    switch (message.kind) {
      case 'report':
        for (const block of message.blocks) this.#takeReport(block);
        break;
      case 'nack':
        if (message.media === this.#identity.ssrc) this.#takeNack(message.lost);
        break;
      case 'pli':
        this.#stats.pliCount += 1;
        this.#options.onKeyFrameRequest?.('pli');
        break;
      case 'fir':
        this.#stats.firCount += 1;
        this.#options.onKeyFrameRequest?.('fir');
        break;
      case 'bandwidth':
        this.#stats.estimatedBitrate = message.bitrate;
        this.#options.onBandwidth?.(message.bitrate);
        break;
      case 'arrivals':
        // Of all streams of the peer: read by the session.
        break;
    }
  }

  /** Forgets sent packets. */
  close(): void {
    this.#history?.clear();
  }

  #rtpTime(microseconds: number): number {
    const ticks = Math.round((microseconds * this.#options.clockRate) / 1_000_000);
    // Not `>>> 0` alone: ticks can exceed 2 ** 53 no sooner than the universe ends, 2 ** 32 daily.
    return ((ticks % 2 ** 32) + this.#timestampOffset) >>> 0;
  }

  #takeReport(report: ReceivedBlock): void {
    if (report.ssrc !== this.#identity.ssrc) return;
    this.#reported = true;
    this.#stats.fractionLost = report.fractionLost / 256;
    this.#stats.packetsLost = report.packetsLost;
    this.#stats.jitterMs = (report.jitter * 1000) / this.#options.clockRate;
    const sent = this.#reports.find(({ middle }) => middle === report.lastReport);
    if (sent === undefined || report.lastReport === 0) return;
    const roundTrip = performance.now() - sent.atMs - (report.sinceLastReport * 1000) / 65_536;
    this.#stats.roundTripMs = Math.max(0, roundTrip);
  }

  #takeNack(lost: readonly number[]): void {
    this.#stats.nackCount += 1;
    for (const sequenceNumber of lost) this.#resend(sequenceNumber);
  }

  #resend(sequenceNumber: number): void {
    const packet = this.#history?.take(sequenceNumber, this.#stats.roundTripMs ?? 0) ?? null;
    if (packet === null) return;
    this.#stats.packetsRetransmitted += 1;
    const { rtxPayloadType } = this.#options;
    if (rtxPayloadType === null) {
      if (packet.encrypted !== null) this.#link.resend(packet.encrypted);
      return;
    }
    const rtxSequenceNumber = this.#rtxSequenceNumber;
    this.#rtxSequenceNumber = (rtxSequenceNumber + 1) & 0xffff;
    const fields = {
      payloadType: rtxPayloadType,
      marker: packet.marker,
      sequenceNumber: rtxSequenceNumber,
      timestamp: packet.timestamp,
      ssrc: this.#identity.rtxSsrc,
    };
    // The original sequence number comes first (RFC 4588, 4).
    const original = Buffer.allocUnsafe(2);
    original.writeUInt16BE(sequenceNumber, 0);
    const payload = Buffer.concat([original, packet.payload]);
    this.#link.sendRtp(
      payload,
      this.#headers.write(fields, { mid: !this.#reported, playoutDelay: false }),
    );
  }
}
