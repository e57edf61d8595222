/** Writes another colour space over `pixels`, three bytes each, in the order blue, green, red. */
export type ColorConversion = (pixels: Buffer) => void;

// The scales are OpenCV's for 8-bit pictures, which users of the Python original know: hue 0 to 179,
// everything else 0 to 255, the first channel where blue was.

const saturationOf = new Int32Array(256);
const hueOf = new Int32Array(256);
for (let i = 1; i < 256; i += 1) {
  // Fixed point with 12 bits, so that no pixel costs a division.
  saturationOf[i] = Math.round((255 << 12) / i);
  hueOf[i] = Math.round((180 << 12) / (6 * i));
}

/** Hue 0 to 179 of a colour whose largest channel is `most`, by `spread` above the smallest. */
function hue(r: number, g: number, b: number, most: number, spread: number): number {
  const sector = most === r ? g - b : most === g ? b - r + 2 * spread : r - g + 4 * spread;
  const value = (sector * (hueOf[spread] as number) + 2048) >> 12;
  return value < 0 ? value + 180 : value;
}

/** Hue, saturation, value. */
export function toHsv(pixels: Buffer): void {
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const b = pixels[i] as number;
    const g = pixels[i + 1] as number;
    const r = pixels[i + 2] as number;
    const most = b > g ? (b > r ? b : r) : g > r ? g : r;
    const spread = most - (b < g ? (b < r ? b : r) : g < r ? g : r);
    pixels[i] = hue(r, g, b, most, spread);
    pixels[i + 1] = (spread * (saturationOf[most] as number) + 2048) >> 12;
    pixels[i + 2] = most;
  }
}

/** Hue, lightness, saturation. */
export function toHls(pixels: Buffer): void {
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const b = pixels[i] as number;
    const g = pixels[i + 1] as number;
    const r = pixels[i + 2] as number;
    const most = b > g ? (b > r ? b : r) : g > r ? g : r;
    const least = b < g ? (b < r ? b : r) : g < r ? g : r;
    const sum = most + least;
    const spread = most - least;
    pixels[i] = hue(r, g, b, most, spread);
    pixels[i + 1] = (sum + 1) >> 1;
    pixels[i + 2] = spread === 0 ? 0 : (spread * 255) / (sum < 255 ? sum : 510 - sum) + 0.5;
  }
}

/** Brightness, and how far blue and red stand from it. */
function brightness(r: number, g: number, b: number): number {
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
}

/** Y, U, V with the full range of values (not video's 16 to 235). */
export function toYuv(pixels: Buffer): void {
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const b = pixels[i] as number;
    const r = pixels[i + 2] as number;
    const y = brightness(r, pixels[i + 1] as number, b);
    pixels[i] = clamp(y);
    pixels[i + 1] = clamp((b - y) * 0.492 + 128);
    pixels[i + 2] = clamp((r - y) * 0.877 + 128);
  }
}

/** Y, Cr, Cb with the full range of values. */
export function toYCrCb(pixels: Buffer): void {
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const b = pixels[i] as number;
    const r = pixels[i + 2] as number;
    const y = brightness(r, pixels[i + 1] as number, b);
    pixels[i] = clamp(y);
    pixels[i + 1] = clamp((r - y) * 0.713 + 128);
    pixels[i + 2] = clamp((b - y) * 0.564 + 128);
  }
}

/** Light per value of an sRGB channel. @see {@link https://www.w3.org/TR/css-color-4/#color-conversion-code} */
const linear = Float64Array.from({ length: 256 }, (_, i) => {
  const v = i / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

const steps = 1 << 14;

/** CIE's f(t) for t from 0 to a little over 1, in `steps` steps. */
const response = Float64Array.from({ length: steps + 64 }, (_, i) => {
  const t = i / steps;
  return t > 216 / 24_389 ? Math.cbrt(t) : (841 / 108) * t + 4 / 29;
});

/** CIE L*a*b* under D65: lightness 0 to 255, `a` and `b` around 128. */
export function toLab(pixels: Buffer): void {
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const b = linear[pixels[i] as number] as number;
    const g = linear[pixels[i + 1] as number] as number;
    const r = linear[pixels[i + 2] as number] as number;
    // The matrix of sRGB, divided by the white point.
    const x = response[((0.433953 * r + 0.376219 * g + 0.189828 * b) * steps + 0.5) | 0] as number;
    const y = response[((0.212671 * r + 0.71516 * g + 0.072169 * b) * steps + 0.5) | 0] as number;
    const z = response[((0.017758 * r + 0.109477 * g + 0.872766 * b) * steps + 0.5) | 0] as number;
    pixels[i] = clamp((116 * y - 16) * 2.55);
    pixels[i + 1] = clamp(500 * (x - y) + 128);
    pixels[i + 2] = clamp(200 * (y - z) + 128);
  }
}
