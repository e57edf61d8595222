/** One open bitstream unit of AV1 within a larger buffer. */
export interface Obu {
  /** `obu_type`. */
  type: number;
  /** First byte of the header, without the flag that a size follows. */
  header: number;
  /** The second byte of the header, `null` without one. */
  extension: number | null;
  /** What follows header and size; a slice. */
  payload: Buffer;
}

/** Types of units that are of interest here (AV1 bitstream specification, 6.2.2). */
export const obuType = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  frameHeader: 3,
  frame: 6,
  tileList: 8,
} as const;

const hasExtension = 0x04;
const hasSize = 0x02;

/**
 * The units of a temporal unit in the low-overhead format; `null` when it is damaged.
 *
 * @see AV1 bitstream specification, 5.3
 */
export function splitObus(data: Buffer): Obu[] | null {
  const units: Obu[] = [];
  let at = 0;
  while (at < data.byteLength) {
    const header = data[at++] as number;
    if ((header & 0x80) !== 0) return null;
    const extension = (header & hasExtension) !== 0 ? (data[at++] ?? 0) : null;
    let size = data.byteLength - at;
    if ((header & hasSize) !== 0) {
      const stated = readLeb128(data, at);
      if (stated === null) return null;
      at += stated.length;
      size = stated.value;
    }
    if (at + size > data.byteLength) return null;
    const payload = data.subarray(at, at + size);
    units.push({ type: (header >> 3) & 0x0f, header: header & ~hasSize, extension, payload });
    at += size;
  }
  return units;
}

/** A number of 7 bits a byte, lowest first; `null` when it is cut off or too large. */
function readLeb128(data: Buffer, at: number): { value: number; length: number } | null {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = data[at + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, length: i + 1 };
  }
  return null;
}

/** Bytes of a number of 7 bits a byte. */
export function leb128Size(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size += 1;
  return size;
}

/** Writes a number of 7 bits a byte. @returns The offset behind it. */
export function writeLeb128(buffer: Buffer, value: number, at: number): number {
  let rest = value;
  let offset = at;
  do {
    const more = rest > 0x7f;
    buffer[offset++] = (rest & 0x7f) | (more ? 0x80 : 0);
    rest >>>= 7;
  } while (rest > 0);
  return offset;
}
