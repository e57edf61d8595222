import { randomBytes } from 'node:crypto';

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

/** A random one, below half, so that the first roll-over is far off (RFC 3711, 3.3.1). */
export function firstSequenceNumber(): number {
  return randomBytes(2).readUInt16BE(0) & 0x7fff;
}
