import type { PayloadRoom } from './payload-memory.js';

/**
 * Cuts `data` into as few pieces as fit, all of about one size, and puts room for a header before each. The
 * pieces are slices of one new buffer.
 *
 * @param headerSize - Bytes before each piece.
 * @param writeHeader - Fills the first `headerSize` bytes of a piece.
 */
export function splitEvenly(
  data: Buffer,
  { maxSize, allocate }: PayloadRoom,
  headerSize: number,
  writeHeader: (piece: Buffer, first: boolean, last: boolean) => void,
): Buffer[] {
  const count = Math.ceil(data.byteLength / (maxSize - headerSize));
  const whole = allocate(data.byteLength + count * headerSize);
  const pieces: Buffer[] = [];
  let read = 0;
  let written = 0;
  for (let index = 0; index < count; index += 1) {
    const length = Math.ceil((data.byteLength - read) / (count - index));
    const piece = whole.subarray(written, written + headerSize + length);
    writeHeader(piece, index === 0, index === count - 1);
    data.copy(piece, headerSize, read, read + length);
    pieces.push(piece);
    read += length;
    written += piece.byteLength;
  }
  return pieces;
}
