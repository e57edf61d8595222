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
    const { mid, absSendTime, playoutDelay: delay } = this.#ids;
    const midId = use.mid && this.#mid.length > 0 ? mid?.id : undefined;
    const delayId = use.playoutDelay ? delay?.id : undefined;
    const size =
      (midId === undefined ? 0 : 1 + this.#mid.length) +
      (absSendTime === undefined ? 0 : 4) +
      (delayId === undefined ? 0 : 4);
    const header = writeFixed(fields, size);
    if (size === 0) return new HeaderBytes(fields, header);
    let at = 16;
    if (midId !== undefined) {
      header[at] = (midId << 4) | (this.#mid.length - 1);
      header.set(this.#mid, at + 1);
      at += 1 + this.#mid.length;
    }
    if (absSendTime !== undefined) {
      header[at] = (absSendTime.id << 4) | 2;
      header.writeUIntBE(absoluteSendTime(), at + 1, 3);
      at += 4;
    }
    if (delayId !== undefined) {
      header[at] = (delayId << 4) | 2;
      header.writeUIntBE((playoutDelay.min << 12) | playoutDelay.max, at + 1, 3);
      at += 4;
    }
    header.fill(0, at);
    return new HeaderBytes(fields, header);
  }
}

class HeaderBytes implements SerializedHeader {
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly #bytes: Buffer;

  constructor({ ssrc, sequenceNumber }: RtpFields, bytes: Buffer) {
    this.ssrc = ssrc;
    this.sequenceNumber = sequenceNumber;
    this.#bytes = bytes;
  }

  get serializeSize(): number {
    return this.#bytes.length;
  }

  serialize(): Buffer {
    return this.#bytes;
  }
}

/** The fixed header, with room behind it for so many bytes of extensions. */
function writeFixed(fields: RtpFields, extensions: number): Buffer {
  const words = Math.ceil(extensions / 4);
  const header = Buffer.allocUnsafe(words === 0 ? 12 : 16 + words * 4);
  header[0] = words === 0 ? 0x80 : 0x90;
  header[1] = (fields.marker ? 0x80 : 0) | fields.payloadType;
  header.writeUInt16BE(fields.sequenceNumber, 2);
  header.writeUInt32BE(fields.timestamp, 4);
  header.writeUInt32BE(fields.ssrc, 8);
  if (words > 0) {
    header.writeUInt16BE(0xbede, 12);
    header.writeUInt16BE(words, 14);
  }
  return header;
}

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
