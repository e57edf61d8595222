import { readTransportFeedback } from './transport-feedback.js';
import type { TransportFeedback } from './transport-feedback.js';

/** What a peer reports of one stream of ours (RFC 3550, 6.4.1). */
export interface ReceivedBlock {
  /** Of our stream. */
  readonly ssrc: number;
  /** Share lost lately, in 256ths. */
  readonly fractionLost: number;
  /** Lost since the beginning; duplicates make it negative. */
  readonly packetsLost: number;
  /** In units of the stream's clock. */
  readonly jitter: number;
  /** Middle of the last sender report's time; 0 before the first. */
  readonly lastReport: number;
  /** Time since then in 65,536ths of a second. */
  readonly sinceLastReport: number;
}

/** What of RTCP we make use of. */
export type RtcpMessage =
  /** A report; `sentAt` is the middle of a sender report's time, `null` in a receiver report. */
  | {
      readonly kind: 'report';
      readonly ssrc: number;
      readonly sentAt: number | null;
      readonly blocks: readonly ReceivedBlock[];
    }
  /** Packets are asked for again. */
  | { readonly kind: 'nack'; readonly media: number; readonly lost: readonly number[] }
  /** A key frame is asked for. */
  | { readonly kind: 'pli' | 'fir' }
  /** So many bits a second may be sent. */
  | { readonly kind: 'bandwidth'; readonly bitrate: number }
  /** When packets arrived, by their transport-wide numbers. */
  | { readonly kind: 'arrivals'; readonly feedback: TransportFeedback };

const blockSize = 24;
/** Numbers taken from the NACKs of one compound: more than we keep packets. */
const maxLost = 1024;
/** Messages taken from one compound; a browser sends a handful. 64 KiB have room for thousands. */
const maxMessages = 32;

/**
 * Reads compound RTCP; what is malformed, of no use to us, or more than anybody needs is passed over. Never throws.
 */
export function readRtcp(compound: Buffer): RtcpMessage[] {
  const messages: RtcpMessage[] = [];
  let lostLeft = maxLost;
  for (let at = 0; at + 4 <= compound.length && messages.length < maxMessages;) {
    const first = compound[at] as number;
    const size = (compound.readUInt16BE(at + 2) + 1) * 4;
    const packet = compound.subarray(at, at + size);
    // The rest cannot be told apart any more.
    if (first >> 6 !== 2 || packet.length < size) return messages;
    const message = readPacket(first & 0x1f, packet, lostLeft);
    if (message?.kind === 'nack') lostLeft -= message.lost.length;
    if (message !== null) messages.push(message);
    at += size;
  }
  return messages;
}

/**
 * @param count - Number of blocks, or kind of feedback.
 * @param lostLeft - Numbers that may still be taken from NACKs.
 */
function readPacket(count: number, packet: Buffer, lostLeft: number): RtcpMessage | null {
  switch (packet[1]) {
    case 200:
      return readReport(packet, count, 28);
    case 201:
      return readReport(packet, count, 8);
    case 205:
      if (count === 15) return readArrivals(packet);
      return count === 1 ? readNack(packet, lostLeft) : null;
    case 206:
      if (count === 1) return { kind: 'pli' };
      if (count === 4) return { kind: 'fir' };
      return count === 15 ? readBandwidth(packet) : null;
    default:
      return null;
  }
}

function readReport(packet: Buffer, count: number, headerSize: number): RtcpMessage | null {
  if (packet.length < headerSize) return null;
  const sentAt = headerSize === 28 ? packet.readUInt32BE(10) : null;
  const blocks: ReceivedBlock[] = [];
  for (let i = 0; i < count; i++) {
    const at = headerSize + i * blockSize;
    if (at + blockSize > packet.length) break;
    blocks.push({
      ssrc: packet.readUInt32BE(at),
      fractionLost: packet.readUInt8(at + 4),
      packetsLost: packet.readIntBE(at + 5, 3),
      jitter: packet.readUInt32BE(at + 12),
      lastReport: packet.readUInt32BE(at + 16),
      sinceLastReport: packet.readUInt32BE(at + 20),
    });
  }
  return { kind: 'report', ssrc: packet.readUInt32BE(4), sentAt, blocks };
}

/** RFC 4585, 6.2.1. */
function readNack(packet: Buffer, most: number): RtcpMessage | null {
  if (packet.length < 16 || most <= 0) return null;
  const lost = new Set<number>();
  for (let at = 12; at + 4 <= packet.length && lost.size < most; at += 4) {
    const first = packet.readUInt16BE(at);
    const following = packet.readUInt16BE(at + 2);
    lost.add(first);
    for (let bit = 0; bit < 16; bit++) {
      if (((following >> bit) & 1) !== 0) lost.add((first + bit + 1) & 0xffff);
    }
  }
  return { kind: 'nack', media: packet.readUInt32BE(8), lost: [...lost] };
}

function readArrivals(packet: Buffer): RtcpMessage | null {
  const feedback = readTransportFeedback(packet);
  return feedback && { kind: 'arrivals', feedback };
}

/** REMB: draft-alvestrand-rmcat-remb-03, 2.2. */
function readBandwidth(packet: Buffer): RtcpMessage | null {
  if (packet.length < 20 || packet.toString('latin1', 12, 16) !== 'REMB') return null;
  const exponent = packet.readUInt8(17) >> 2;
  const mantissa = ((packet.readUInt8(17) & 0x03) << 16) | packet.readUInt16BE(18);
  return { kind: 'bandwidth', bitrate: mantissa * 2 ** exponent };
}
