import type { WholePicture } from './whole-picture.js';

const hasPictureId = 0x80;
const interPredicted = 0x40;
const hasLayers = 0x20;
const flexible = 0x10;
const startOfFrame = 0x08;
const hasStructure = 0x02;
/** A picture refers to at most three others. */
const maxReferences = 3;

/** VP9 out of RTP. @see {@link https://www.rfc-editor.org/rfc/rfc9628#section-4.2} */
export class Vp9Depacketizer {
  /** See `Depacketizer`. */
  startsKeyFrame(payload: Buffer): boolean {
    return descriptorSize(payload) !== null && startsPicture(payload) && isKeyFrame(payload);
  }

  /** See `Depacketizer`. */
  join(payloads: readonly Buffer[]): WholePicture | null {
    const parts: Buffer[] = [];
    for (const payload of payloads) {
      const size = descriptorSize(payload);
      if (size === null || (parts.length === 0 && !startsPicture(payload))) return null;
      parts.push(payload.subarray(size));
    }
    const [first] = payloads;
    if (first === undefined) return null;
    return { data: Buffer.concat(parts), key: isKeyFrame(first) };
  }
}

/** Start of the lowest layer's frame. */
function startsPicture(payload: Buffer): boolean {
  const first = payload[0] ?? 0;
  if ((first & startOfFrame) === 0) return false;
  if ((first & hasLayers) === 0) return true;
  const layers = payload[1 + pictureIdSize(payload)] ?? 0;
  return ((layers >> 1) & 0x07) === 0;
}

function isKeyFrame(payload: Buffer): boolean {
  return ((payload[0] ?? 0) & interPredicted) === 0;
}

function pictureIdSize(payload: Buffer): number {
  if (((payload[0] ?? 0) & hasPictureId) === 0) return 0;
  return ((payload[1] ?? 0) & 0x80) !== 0 ? 2 : 1;
}

/** Bytes before the bitstream; `null` when there is nothing behind them. */
function descriptorSize(payload: Buffer): number | null {
  const first = payload[0] ?? 0;
  let size = 1 + pictureIdSize(payload);
  if ((first & hasLayers) !== 0) size += (first & flexible) !== 0 ? 1 : 2;
  if ((first & flexible) !== 0 && (first & interPredicted) !== 0) {
    for (let count = 1; count <= maxReferences; count++) {
      const more = ((payload[size] ?? 0) & 1) !== 0;
      size += 1;
      if (!more) break;
    }
  }
  if ((first & hasStructure) !== 0) size += structureSize(payload, size);
  return size < payload.length ? size : null;
}

/** Bytes of the scalability structure at `at`, which begins with the number of layers and what follows. */
function structureSize(payload: Buffer, at: number): number {
  const first = payload[at] ?? 0;
  let size = 1;
  if ((first & 0x10) !== 0) size += ((first >> 5) + 1) * 4;
  if ((first & 0x08) === 0) return size;
  const pictures = payload[at + size] ?? 0;
  size += 1;
  for (let i = 0; i < pictures; i++) size += 1 + (((payload[at + size] ?? 0) >> 2) & 0x03);
  return size;
}
