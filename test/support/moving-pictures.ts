/**
 * Pictures that are as hard on an encoder as a camera's: a panning background with detail on every scale,
 * textured objects that cross it, and a little sensor noise. The same every time.
 */
export class MovingPictures {
  readonly width: number;
  readonly height: number;
  readonly #texture: Uint8Array;
  readonly #side = 1024;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#texture = fractalTexture(this.#side);
  }

  /** Picture number `index` as tightly packed RGB. */
  rgb(index: number): Buffer {
    const { width, height } = this;
    const pixels = Buffer.allocUnsafe(width * height * 3);
    const random = new Random(index + 1);
    const discs = [0, 1, 2, 3].map((n) => this.#disc(n, index));
    const panX = Math.floor(index * 1.5);
    const panY = Math.floor(index * 0.5);
    for (let y = 0, at = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, at += 3) {
        const disc = discs.find((d) => (x - d.x) ** 2 + (y - d.y) ** 2 < d.radius ** 2);
        const texel = disc
          ? this.#texel(x - disc.x + 300 * disc.n, y - disc.y)
          : this.#texel(x + panX, y + panY);
        const tint = disc ? disc.tint : backgroundTint;
        const noise = (random.next() & 7) - 3;
        pixels[at] = clamp(texel * tint[0] + noise);
        pixels[at + 1] = clamp(texel * tint[1] + noise);
        pixels[at + 2] = clamp(texel * tint[2] + noise);
      }
    }
    return pixels;
  }

  #disc(n: number, index: number): Disc {
    const { width, height } = this;
    return {
      n,
      x: Math.floor(width * (0.5 + 0.4 * Math.sin(index * 0.03 * (n + 1) + n))),
      y: Math.floor(height * (0.5 + 0.35 * Math.cos(index * 0.04 * (n + 1) + 2 * n))),
      radius: height / (6 + n),
      tint: discTints[n] as Tint,
    };
  }

  #texel(x: number, y: number): number {
    const mask = this.#side - 1;
    return this.#texture[((Math.trunc(y) & mask) << 10) | (Math.trunc(x) & mask)] as number;
  }
}

type Tint = readonly [number, number, number];

interface Disc {
  n: number;
  x: number;
  y: number;
  radius: number;
  tint: Tint;
}

const backgroundTint: Tint = [0.9, 1, 0.8];
const discTints: readonly Tint[] = [
  [1.3, 0.5, 0.4],
  [0.4, 0.6, 1.4],
  [1.2, 1.1, 0.3],
  [1.1, 1, 0.9],
];

/** A square of smooth noise on octaves of falling strength, as photographs have it; it tiles. */
function fractalTexture(side: number): Uint8Array {
  const sum = new Float32Array(side * side);
  const random = new Random(7);
  for (let cell = side / 4, strength = 90; cell >= 2; cell /= 2, strength *= 0.6) {
    addNoise(sum, side, cell, strength, random);
  }
  return Uint8Array.from(sum, (value) => clamp(128 + value));
}

function addNoise(
  sum: Float32Array,
  side: number,
  cell: number,
  strength: number,
  random: Random,
): void {
  const cells = side / cell;
  const grid = Float32Array.from(
    { length: cells * cells },
    () => (random.next() / 0xffff - 0.5) * 2,
  );
  const node = (x: number, y: number): number => grid[(y % cells) * cells + (x % cells)] as number;
  for (let y = 0; y < side; y += 1) {
    const row = Math.floor(y / cell);
    const v = smooth((y % cell) / cell);
    for (let x = 0; x < side; x += 1) {
      const column = Math.floor(x / cell);
      const u = smooth((x % cell) / cell);
      const top = node(column, row) * (1 - u) + node(column + 1, row) * u;
      const bottom = node(column, row + 1) * (1 - u) + node(column + 1, row + 1) * u;
      const at = y * side + x;
      sum[at] = (sum[at] as number) + strength * (top * (1 - v) + bottom * v);
    }
  }
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}

/** A small generator of 16 random bits, the same on every machine. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state >>> 16;
  }
}
