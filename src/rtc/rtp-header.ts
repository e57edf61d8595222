import type { OfferedExtensions } from './peer-offer.js';

/** Seconds from 1900 (NTP) to 1970. */
const ntpEpoch = 2_208_988_800;

/** Which header extensions a packet carries. */
export interface RtpExtensionUse {
  /** Only needed until the viewer has learned the SSRC. */
  mid: boolean;
  /** The longest delay before a picture is shown, ms; the shortest is 0. `null`: not sent, and the last one holds. */
  playoutDelayMs: number | null;
}

/** Writes RTP headers (RFC 3550, 5.1) with one-byte extensions (RFC 8285, 4.2). */
export class RtpHeaderWriter {
  readonly #ids: OfferedExtensions;
  readonly #mid: Buffer;
  readonly #ssrc: number;
  readonly #payloadType: number;

  constructor(ids: OfferedExtensions, mid: string, stream: { ssrc: number; payloadType: number }) {
    this.#ids = ids;
    this.#mid = Buffer.from(mid, 'utf8').subarray(0, 16);
    this.#ssrc = stream.ssrc;
    this.#payloadType = stream.payloadType;
  }

  /** True when {@link write} takes a transport-wide number. */
  get numbers(): boolean {
    return this.#ids.transportSequence !== undefined;
  }

  /**
   * Begins packets of one moment: everything but what {@link write} takes is the same in all of them. To be followed by
   * their {@link write} calls without a pause.
   *
   * @param nowMs - By `performance.now()`: a clock that never jumps.
   * @returns Bytes of a header, whole words.
   */
  begin(timestamp: number, use: RtpExtensionUse, nowMs: number): number {
    const { mid, absSendTime, transportSequence, playoutDelay: delay } = this.#ids;
    template[0] = 0x80;
    template.writeUInt32BE(timestamp, 4);
    template.writeUInt32BE(this.#ssrc, 8);
    let at = extensionsAt;
    if (absSendTime !== undefined) {
      at = writeExtension(at, absSendTime.id, absoluteSendTime(nowMs), 3);
    }
    if (use.playoutDelayMs !== null && delay !== undefined) {
      // Two times of 12 bits, in units of 10 ms: the shortest, 0, and the longest.
      at = writeExtension(at, delay.id, Math.round(use.playoutDelayMs / 10), 3);
    }
    if (transportSequence !== undefined) {
      numberAt = at + 1;
      at = writeExtension(at, transportSequence.id, 0, 2);
    }
    if (use.mid && this.#mid.length > 0 && mid !== undefined) {
      template[at] = (mid.id << 4) | (this.#mid.length - 1);
      template.set(this.#mid, at + 1);
      at += 1 + this.#mid.length;
    }
    if (at === extensionsAt) return fixedSize;
    const size = (at + 3) & ~3;
    template.fill(0, at, size);
    template[0] = 0x90;
    template.writeUInt16BE(0xbede, fixedSize);
    template.writeUInt16BE((size - extensionsAt) / 4, fixedSize + 2);
    return size;
  }

  /**
   * Writes the header of one packet, of the size that {@link begin} gave.
   *
   * @param transportNumber - Of use only when {@link numbers}.
   */
  write(
    out: Buffer,
    at: number,
    size: number,
    marker: boolean,
    sequenceNumber: number,
    transportNumber: number,
  ): void {
    for (let i = 0; i < size; i++) out[at + i] = template[i] as number;
    out[at + 1] = (marker ? 0x80 : 0) | this.#payloadType;
    out[at + 2] = sequenceNumber >> 8;
    out[at + 3] = sequenceNumber;
    if (this.#ids.transportSequence === undefined) return;
    out[at + numberAt] = transportNumber >> 8;
    out[at + numberAt + 1] = transportNumber;
  }
}

const fixedSize = 12;
const extensionsAt = 16;
/** The header under way in this thread: four extensions at most, with a name of 16 bytes. */
const template = Buffer.from(new ArrayBuffer(64));
/** Where its transport-wide number is. */
let numberAt = 0;

/** Returns where the next one begins. */
function writeExtension(at: number, id: number, value: number, size: number): number {
  template[at] = (id << 4) | (size - 1);
  template.writeUIntBE(value, at + 1, size);
  return at + 1 + size;
}

/** A moment as 6 bits of seconds and 18 of their fraction; only differences count. */
function absoluteSendTime(nowMs: number): number {
  return Math.floor(((nowMs / 1000) % 64) * 2 ** 18);
}

/** Time of day in NTP's 64 bits, as two words of 32 (RFC 3550, 4). */
export function ntpNow(nowMs: number = Date.now()): { seconds: number; fraction: number } {
  const seconds = Math.floor(nowMs / 1000);
  const fraction = Math.floor(((nowMs - seconds * 1000) / 1000) * 2 ** 32);
  return { seconds: (seconds + ntpEpoch) % 2 ** 32, fraction };
}
