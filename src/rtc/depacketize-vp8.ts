import type { WholePicture } from './whole-picture.js';

const extended = 0x80;
const startOfPartition = 0x10;
const partitionMask = 0x07;
const longPictureId = 0x80;

/** VP8 out of RTP. @see {@link https://www.rfc-editor.org/rfc/rfc7741#section-4.2} */
export class Vp8Depacketizer {
  /** See `Depacketizer`. */
  startsKeyFrame(payload: Buffer): boolean {
    const size = descriptorSize(payload);
    return size !== null && startsPicture(payload) && isKeyFrame(payload, size);
  }

  /** See `Depacketizer`. */
  join(payloads: readonly Buffer[]): WholePicture | null {
    const parts: Buffer[] = [];
    for (const payload of payloads) {
      const size = descriptorSize(payload);
      if (size === null || startsPicture(payload) !== (parts.length === 0)) return null;
      parts.push(payload.subarray(size));
    }
    const data = Buffer.concat(parts);
    if (data.length === 0) return null;
    const key = isKeyFrame(data, 0);
    return key && !hasStartCode(data) ? null : { data, key };
  }
}

function startsPicture(payload: Buffer): boolean {
  const first = payload[0] ?? 0;
  return (first & startOfPartition) !== 0 && (first & partitionMask) === 0;
}

/** Inverse of "not a key frame" (RFC 6386, 9.1). */
function isKeyFrame(payload: Buffer, at: number): boolean {
  return ((payload[at] ?? 1) & 1) === 0;
}

function hasStartCode(data: Buffer): boolean {
  return data.length >= 10 && data[3] === 0x9d && data[4] === 0x01 && data[5] === 0x2a;
}

/** Bytes before the bitstream; `null` when there is nothing behind them. */
function descriptorSize(payload: Buffer): number | null {
  const first = payload[0] ?? 0;
  let size = 1;
  if ((first & extended) !== 0) {
    const extension = payload[1] ?? 0;
    size = 2;
    if ((extension & 0x80) !== 0) size += ((payload[2] ?? 0) & longPictureId) !== 0 ? 2 : 1;
    if ((extension & 0x40) !== 0) size += 1;
    if ((extension & 0x30) !== 0) size += 1;
  }
  return size < payload.length ? size : null;
}
