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

/** A compound RTCP packet: sender report and the canonical name (RFC 3550, 6.4.1 and 6.5). */
export function writeSenderReport(report: SenderReport): Buffer {
  const cname = Buffer.from(report.cname, 'utf8').subarray(0, 255);
  // SSRC, item type and length, the name, and at least one zero byte up to a full word.
  const chunkWords = Math.ceil((4 + 2 + cname.length + 1) / 4);
  const packet = Buffer.alloc(28 + 4 + chunkWords * 4);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(200, 1);
  packet.writeUInt16BE(6, 2);
  packet.writeUInt32BE(report.ssrc, 4);
  packet.writeUInt32BE(report.ntp.seconds, 8);
  packet.writeUInt32BE(report.ntp.fraction, 12);
  packet.writeUInt32BE(report.timestamp, 16);
  packet.writeUInt32BE(report.packets, 20);
  packet.writeUInt32BE(report.octets, 24);
  packet.writeUInt8(0x81, 28);
  packet.writeUInt8(202, 29);
  packet.writeUInt16BE(chunkWords, 30);
  packet.writeUInt32BE(report.ssrc, 32);
  packet.writeUInt8(1, 36);
  packet.writeUInt8(cname.length, 37);
  cname.copy(packet, 38);
  return packet;
}
