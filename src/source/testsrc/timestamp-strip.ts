/** Blocks in the strip. */
const blocks = 64;
/** The first eight blocks, white is 1: they tell a strip from a picture, and black from white. */
const start = 0b10101100;
/** The last four. */
const end = 0b0101;
/** Bits of the time: milliseconds since 1970, enough for 557 years. */
const timeBits = 44;
/** Luma of white and black, in the limited range of video. */
const white = 235;
const black = 16;

/** Rows that the strip takes at the bottom of a picture `height` rows high. */
function timestampStripHeight(height: number): number {
  return Math.floor(height / 18);
}

/**
 * Paints the strip into the bottom rows of a luma plane.
 *
 * @param timeMs - Milliseconds since 1970.
 * @param stride - Bytes from row to row.
 */
export function drawTimestampStrip(
  luma: Uint8Array,
  stride: number,
  width: number,
  height: number,
  timeMs: number,
): void {
  const row = new Uint8Array(width);
  const bits = stripBits(timeMs);
  for (let block = 0; block < blocks; block++) {
    const value = bits[block] === 1 ? white : black;
    row.fill(
      value,
      Math.round((block * width) / blocks),
      Math.round(((block + 1) * width) / blocks),
    );
  }
  for (let y = height - timestampStripHeight(height); y < height; y++) luma.set(row, y * stride);
}

/**
 * Reads the time that the test picture carries; see docs/reference/test-source.md for the layout.
 * Works on a picture of any size, down to 256 pixels wide.
 *
 * @param luma - Brightness of each pixel: the Y plane, or `GRAY8`.
 * @param stride - Bytes from row to row.
 * @returns Milliseconds since 1970, `null` when there is no readable strip.
 */
export function readTimestampStrip(
  luma: Uint8Array,
  stride: number,
  width: number,
  height: number,
): number | null {
  const levels = Array.from({ length: blocks }, (_, block) =>
    blockLevel(luma, stride, width, height, block),
  );
  const framing = [...toBits(start, 8).entries()];
  const mean = (bit: number): number => {
    const same = framing.filter(([, value]) => value === bit).map(([block]) => levels[block] ?? 0);
    return same.reduce((sum, level) => sum + level, 0) / same.length;
  };
  const [low, high] = [mean(0), mean(1)];
  if (high - low < 40) return null;
  const bits = levels.map((level) => (level > (low + high) / 2 ? 1 : 0));
  const time = fromBits(bits.slice(8, 8 + timeBits));
  return stripBits(time).every((bit, block) => bit === bits[block]) ? time : null;
}

function stripBits(timeMs: number): number[] {
  const time = toBits(timeMs, timeBits);
  return [...toBits(start, 8), ...time, ...toBits(checksum(time), 8), ...toBits(end, 4)];
}

/** CRC-8 with polynomial 0x07, over the bits of the time. */
function checksum(bits: readonly number[]): number {
  let crc = 0;
  for (const bit of bits) {
    const carry = ((crc >> 7) & 1) ^ bit;
    crc = ((crc << 1) & 0xff) ^ (carry === 1 ? 0x07 : 0);
  }
  return crc;
}

/** Mean brightness of the middle of a block, away from what its neighbours bleed into it. */
function blockLevel(
  luma: Uint8Array,
  stride: number,
  width: number,
  height: number,
  block: number,
): number {
  const blockWidth = width / blocks;
  const blockHeight = height / 18;
  const left = Math.floor((block + 0.3) * blockWidth);
  const right = Math.max(left + 1, Math.floor((block + 0.7) * blockWidth));
  const top = Math.floor(height - blockHeight * 0.75);
  const bottom = Math.max(top + 1, Math.floor(height - blockHeight * 0.25));
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) sum += luma[y * stride + x] ?? 0;
  }
  return sum / ((right - left) * (bottom - top));
}

/** Highest bit first. The time has more than 32 bits, so no shifts here. */
function toBits(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(value / 2 ** (count - 1 - i)) % 2);
}

function fromBits(bits: readonly number[]): number {
  return bits.reduce((value, bit) => value * 2 + bit, 0);
}
