/** What a report says of one stream received (RFC 3550, 6.4.1). */
export interface ReportBlock {
  ssrc: number;
  /** Share lost since the last report, in 256ths. */
  fractionLost: number;
  /** Lost since the beginning; duplicates make it negative. */
  packetsLost: number;
  /** The highest sequence number, with its roll-overs. */
  highest: number;
  /** In units of the stream's clock. */
  jitter: number;
  /** Middle of the last sender report's time; 0 before the first. */
  lastReport: number;
  /** Time since then in 65,536ths of a second. */
  sinceLastReport: number;
}

/** Content of a sender report. */
export interface SenderReport {
  ssrc: number;
  cname: string;
  /** Time of day. */
  ntp: { seconds: number; fraction: number };
  /** The same moment on the stream's clock. */
  timestamp: number;
  packets: number;
  octets: number;
}

const senderReport = 200;
const receiverReport = 201;
const sourceDescription = 202;
const transportFeedback = 205;
const payloadFeedback = 206;
const pictureLoss = 1;
const genericNack = 1;
const applicationLayer = 15;
const blockSize = 24;

/** A compound RTCP packet: sender report and the canonical name (RFC 3550, 6.4.1 and 6.5). */
export function writeSenderReport(report: SenderReport): Buffer {
  const packet = Buffer.alloc(28);
  writeHeader(packet, 0, senderReport, report.ssrc);
  packet.writeUInt32BE(report.ntp.seconds, 8);
  packet.writeUInt32BE(report.ntp.fraction, 12);
  packet.writeUInt32BE(report.timestamp, 16);
  packet.writeUInt32BE(report.packets, 20);
  packet.writeUInt32BE(report.octets, 24);
  return Buffer.concat([packet, writeName(report.ssrc, report.cname)]);
}

/**
 * A compound RTCP packet: receiver report, canonical name, and feedback behind them, which must not travel alone
 * unless that was agreed on (RFC 4585, 3.1).
 */
export function writeReceiverReport(
  sender: { ssrc: number; cname: string },
  blocks: readonly ReportBlock[],
  feedback: readonly Buffer[] = [],
): Buffer {
  const packet = Buffer.alloc(8 + blocks.length * blockSize);
  writeHeader(packet, blocks.length, receiverReport, sender.ssrc);
  blocks.forEach((block, index) => {
    const at = 8 + index * blockSize;
    packet.writeUInt32BE(block.ssrc, at);
    packet.writeUInt8(block.fractionLost, at + 4);
    packet.writeIntBE(Math.max(-0x80_0000, Math.min(block.packetsLost, 0x7f_ffff)), at + 5, 3);
    packet.writeUInt32BE(block.highest >>> 0, at + 8);
    packet.writeUInt32BE(block.jitter >>> 0, at + 12);
    packet.writeUInt32BE(block.lastReport, at + 16);
    packet.writeUInt32BE(block.sinceLastReport >>> 0, at + 20);
  });
  return Buffer.concat([packet, writeName(sender.ssrc, sender.cname), ...feedback]);
}

/** Asks for a key frame (RFC 4585, 6.3.1). */
export function writePictureLoss(sender: number, media: number): Buffer {
  const packet = Buffer.alloc(12);
  writeHeader(packet, pictureLoss, payloadFeedback, sender);
  packet.writeUInt32BE(media, 8);
  return packet;
}

/**
 * Asks for packets again (RFC 4585, 6.2.1).
 *
 * @param lost - Sequence numbers, ascending but for a roll-over.
 */
export function writeNack(sender: number, media: number, lost: readonly number[]): Buffer {
  const words: { first: number; following: number }[] = [];
  for (const sequenceNumber of lost) {
    const last = words.at(-1);
    const behind = last === undefined ? 0 : (sequenceNumber - last.first) & 0xffff;
    if (last !== undefined && behind >= 1 && behind <= 16) last.following |= 1 << (behind - 1);
    else words.push({ first: sequenceNumber, following: 0 });
  }
  const packet = Buffer.alloc(12 + words.length * 4);
  writeHeader(packet, genericNack, transportFeedback, sender);
  packet.writeUInt32BE(media, 8);
  words.forEach(({ first, following }, index) => {
    packet.writeUInt16BE(first, 12 + index * 4);
    packet.writeUInt16BE(following, 14 + index * 4);
  });
  return packet;
}

/** Says how many bits a second may be sent (draft-alvestrand-rmcat-remb-03, 2.2). */
export function writeBandwidth(sender: number, media: number, bitrate: number): Buffer {
  const packet = Buffer.alloc(24);
  writeHeader(packet, applicationLayer, payloadFeedback, sender);
  packet.write('REMB', 12, 'ascii');
  let mantissa = Math.max(0, Math.floor(bitrate));
  let exponent = 0;
  while (mantissa > 0x3_ffff) {
    mantissa = Math.floor(mantissa / 2);
    exponent += 1;
  }
  packet.writeUInt8(1, 16);
  packet.writeUInt8((exponent << 2) | (mantissa >> 16), 17);
  packet.writeUInt16BE(mantissa & 0xffff, 18);
  packet.writeUInt32BE(media, 20);
  return packet;
}

/** Version, count or format, type, length in words less one, and the sender. */
function writeHeader(packet: Buffer, count: number, type: number, ssrc: number): void {
  packet.writeUInt8(0x80 | count, 0);
  packet.writeUInt8(type, 1);
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
  packet.writeUInt32BE(ssrc, 4);
}

function writeName(ssrc: number, name: string): Buffer {
  const cname = Buffer.from(name, 'utf8').subarray(0, 255);
  // SSRC, item type and length, the name, and at least one zero byte up to a full word.
  const packet = Buffer.alloc(4 + Math.ceil((4 + 2 + cname.length + 1) / 4) * 4);
  writeHeader(packet, 1, sourceDescription, ssrc);
  packet.writeUInt8(1, 8);
  packet.writeUInt8(cname.length, 9);
  cname.copy(packet, 10);
  return packet;
}
