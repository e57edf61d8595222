/** An RTP header as it came (RFC 3550, 5.1). */
export interface RtpHeaderFields {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** Bytes of the header, extensions included. */
  readonly size: number;
  /** True when the payload ends in padding. */
  readonly padded: boolean;
}

/** An RTP packet off the network, decrypted. */
export interface ReceivedRtp extends RtpHeaderFields {
  /** The sequence number, counted on over its roll-overs. */
  readonly index: number;
  /** Without padding; may be empty. */
  readonly payload: Buffer;
}

const fixedSize = 12;

/** True for RTP and RTCP in a mix with STUN and DTLS (RFC 7983). */
export function isMediaPacket(data: Buffer): boolean {
  const first = data[0] ?? 0;
  return first >= 128 && first < 192;
}

/** Tells RTCP from RTP on one port (RFC 5761, 4). */
export function isRtcpPacket(data: Buffer): boolean {
  const type = data[1] ?? 0;
  return type >= 192 && type <= 223;
}

/** Reads the header; `null` when it is none or longer than the packet. */
export function readRtpHeader(packet: Buffer): RtpHeaderFields | null {
  if (packet.length < fixedSize) return null;
  const first = packet[0] as number;
  const second = packet[1] as number;
  if (first >> 6 !== 2) return null;
  let size = fixedSize + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (packet.length < size + 4) return null;
    size += 4 + packet.readUInt16BE(size + 2) * 4;
  }
  if (packet.length < size) return null;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequenceNumber: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    size,
    padded: (first & 0x20) !== 0,
  };
}

/** The payload without its padding (RFC 3550, 5.1); `null` when the padding's length is wrong. */
export function withoutPadding(payload: Buffer, padded: boolean): Buffer | null {
  if (!padded) return payload;
  const length = payload[payload.length - 1] ?? 0;
  if (length === 0 || length > payload.length) return null;
  return payload.subarray(0, payload.length - length);
}

/** The full number that `sequenceNumber` stands for: the one nearest to `near`. */
export function extendSequence(sequenceNumber: number, near: number): number {
  const difference = (sequenceNumber - near) & 0xffff;
  return near + (difference < 0x8000 ? difference : difference - 0x10000);
}
