import { describe, expect, it } from 'vitest';
import type { VideoPixelFormat } from '../../../src/media/pixel-format.js';
import { VideoFrame } from '../../../src/media/video-frame.js';
import { estimateShift } from '../../../src/transform/motion-estimator.js';
import { stabilize } from '../../../src/transform/stabilize.js';
import type { StabilizeOptions } from '../../../src/transform/stabilize.js';
import { run } from '../../support/transform-frames.js';

const width = 320;
const height = 180;

/** Brightness of a scene without end: blocks of many sizes. */
function scene(x: number, y: number): number {
  const block = (size: number): number => {
    const seed = Math.floor(x / size) * 7919 + Math.floor(y / size) * 104_729 + size;
    return Math.abs(Math.sin(seed) * 43_758.5453) % 1;
  };
  return 30 + 60 * block(37) + 60 * block(17) + 50 * block(9);
}

/** What a camera sees that looks at `x`, `y`. */
function shot(x: number, y: number, timestamp: number): VideoFrame {
  const pixels = Buffer.alloc((width * height * 3) / 2, 128);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      pixels[row * width + column] = scene(column + x, row + y);
    }
  }
  const init = { format: 'I420' as VideoPixelFormat, codedWidth: width, codedHeight: height };
  return VideoFrame.fromBuffer(pixels, { ...init, timestamp });
}

/** How far the middle of the picture moved between two frames: every place is tried. */
function moved(before: Buffer, now: Buffer): [number, number] {
  let best: [number, number] = [0, 0];
  let least = Infinity;
  for (let dy = -10; dy <= 10; dy += 1) {
    for (let dx = -10; dx <= 10; dx += 1) {
      let sum = 0;
      for (let y = 50; y < 130; y += 5) {
        for (let x = 60; x < 260; x += 3) {
          const a = before[(y - dy) * width + x - dx] as number;
          sum += Math.abs((now[y * width + x] as number) - a);
        }
      }
      if (sum < least) [best, least] = [[dx, dy], sum];
    }
  }
  return best;
}

/** Mean movement from frame to frame, pixels, of a film shot along `path`, stabilized or not. */
async function shake(path: [number, number][], options: StabilizeOptions | null): Promise<number> {
  const transform = options === null ? null : stabilize(options);
  let before: Buffer | null = null;
  let sum = 0;
  let count = 0;
  for (const [i, [x, y]] of path.entries()) {
    const frame = shot(x, y, i * 33_333);
    using result = transform === null ? frame : await run(transform, frame, i);
    const now = result.toBuffer();
    // The first frames only tell where the path begins.
    if (before !== null && i > 8) {
      const [dx, dy] = moved(before, now);
      sum += Math.hypot(dx, dy);
      count += 1;
    }
    before = now;
  }
  await transform?.stop?.();
  return sum / count;
}

/** A hand that trembles by up to 4 pixels, the same way every time. */
const trembling = Array.from({ length: 40 }, (_, i): [number, number] => [
  100 + Math.round(4 * Math.sin(i * 2.1) + 2 * Math.sin(i * 5.3)),
  100 + Math.round(4 * Math.cos(i * 1.7)),
]);

describe('stabilize', () => {
  it.each([{}, { border: 'black' }] as StabilizeOptions[])(
    'takes most of the shake out of a film: %j',
    async (options) => {
      const before = await shake(trembling, null);
      const after = await shake(trembling, options);
      expect(before).toBeGreaterThan(4);
      expect(after).toBeLessThan(before / 3);
    },
  );

  it('leaves a still picture still', async () => {
    const still = trembling.map((): [number, number] => [100, 100]);
    expect(await shake(still, { border: 'black' })).toBe(0);
  });

  it('follows a pan', async () => {
    const pan = trembling.map((_, i): [number, number] => [100 + 3 * i, 100]);
    const speed = await shake(pan, { smoothing: 5, border: 'black' });
    expect(speed).toBeGreaterThan(2.5);
    expect(speed).toBeLessThan(3.5);
  });

  it('gives one frame for one, of the same size and format, from the first on', async () => {
    const transform = stabilize();
    for (const [i, [x, y]] of trembling.slice(0, 3).entries()) {
      using result = await run(transform, shot(x, y, i), i);
      expect([result.codedWidth, result.codedHeight, result.format]).toEqual([320, 180, 'I420']);
    }
    await transform.stop?.();
  });

  it.each([
    [{ smoothing: 0 }, /smoothing.*0/],
    [{ smoothing: 2.5 }, /smoothing.*2\.5/],
    [{ margin: 0.5 }, /margin.*0\.5/],
    [{ border: 'white' }, /border.*white/],
    [{ crop: true }, /no option crop/],
  ])('refuses %j', (options, message) => {
    expect(() => stabilize(options as StabilizeOptions)).toThrow(message);
  });
});

describe('estimateShift', () => {
  const profile = (shift: number): { values: Uint8Array; length: number } => ({
    values: Uint8Array.from({ length: 400 }, (_, i) => scene((i % 200) - shift, 50)),
    length: 200,
  });

  it.each([0, 1, -1, 7, -13, 20])('finds a shift of %i', (shift) => {
    expect(estimateShift(profile(0), profile(shift), 24)).toBeCloseTo(shift, 0);
  });

  it('knows nothing of a picture without structure', () => {
    const flat = { values: new Uint8Array(400).fill(90), length: 200 };
    expect(estimateShift(flat, flat, 24)).toBe(0);
  });
});
