import type { OfferedExtensions } from './peer-offer.js';
import type { SerializedHeader } from './srtp-writer.js';

/** Shortest and longest delay before a picture is shown, in units of 10 ms: at once, to 400 ms. */
const playoutDelay = { min: 0, max: 40 } as const;
/** Seconds from 1900 (NTP) to 1970. */
const ntpEpoch = 2_208_988_800;

/** Fields of one RTP packet. */
export interface RtpFields {
  payloadType: number;
  marker: boolean;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
}

/** Which header extensions a packet carries. */
export interface RtpExtensionUse {
  /** Only needed until the viewer has learned the SSRC. */
  mid: boolean;
  /** Sent with key frames: once is enough, but any packet may be lost. */
  playoutDelay: boolean;
}

/** Writes RTP headers (RFC 3550, 5.1) with one-byte extensions (RFC 8285, 4.2). */
export class RtpHeaderWriter {
  readonly #ids: OfferedExtensions;
  readonly #mid: Buffer;

  constructor(ids: OfferedExtensions, mid: string) {
    this.#ids = ids;
    this.#mid = Buffer.from(mid, 'utf8').subarray(0, 16);
  }

  /** A header as bytes, with what encryption needs to know of it. */
  write(fields: RtpFields, use: RtpExtensionUse): SerializedHeader {
    const extension = this.#extension(use);
    const header = Buffer.allocUnsafe(12 + extension.length);
    header[0] = extension.length > 0 ? 0x90 : 0x80;
    header[1] = (fields.marker ? 0x80 : 0) | fields.payloadType;
    header.writeUInt16BE(fields.sequenceNumber, 2);
    header.writeUInt32BE(fields.timestamp, 4);
    header.writeUInt32BE(fields.ssrc, 8);
    extension.copy(header, 12);
    return {
      ssrc: fields.ssrc,
      sequenceNumber: fields.sequenceNumber,
      serializeSize: header.length,
      serialize: () => header,
    };
  }

  #extension(use: RtpExtensionUse): Buffer {
    const { mid, absSendTime, playoutDelay: delay } = this.#ids;
    const parts: Buffer[] = [];
    if (use.mid && mid !== undefined && this.#mid.length > 0) {
      parts.push(Buffer.from([(mid.id << 4) | (this.#mid.length - 1)]), this.#mid);
    }
    if (absSendTime !== undefined) {
      const now = absoluteSendTime();
      parts.push(
        Buffer.from([(absSendTime.id << 4) | 2, now >> 16, (now >> 8) & 0xff, now & 0xff]),
      );
    }
    if (use.playoutDelay && delay !== undefined) {
      const { min, max } = playoutDelay;
      parts.push(
        Buffer.from([(delay.id << 4) | 2, min >> 4, ((min & 15) << 4) | (max >> 8), max & 0xff]),
      );
    }
    if (parts.length === 0) return empty;
    const body = Buffer.concat(parts);
    const words = Math.ceil(body.length / 4);
    const extension = Buffer.alloc(4 + words * 4);
    extension.writeUInt16BE(0xbede, 0);
    extension.writeUInt16BE(words, 2);
    body.copy(extension, 4);
    return extension;
  }
}

const empty: Buffer = Buffer.alloc(0);

/** Time of day as 6 bits of seconds and 18 of their fraction. */
function absoluteSendTime(): number {
  return Math.floor(((Date.now() / 1000) % 64) * 2 ** 18);
}

/** Time of day in NTP's 64 bits, as two words of 32 (RFC 3550, 4). */
export function ntpNow(nowMs: number = Date.now()): { seconds: number; fraction: number } {
  const seconds = Math.floor(nowMs / 1000);
  const fraction = Math.floor(((nowMs - seconds * 1000) / 1000) * 2 ** 32);
  return { seconds: (seconds + ntpEpoch) % 2 ** 32, fraction };
}
