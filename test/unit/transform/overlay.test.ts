import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { VideoFrame } from '../../../src/media/video-frame.js';
import { overlay } from '../../../src/transform/overlay.js';
import type { OverlayOptions } from '../../../src/transform/overlay.js';
import { colorFrame, contextOf, frameOf, info, run } from '../../support/transform-frames.js';

const red = { r: 255, g: 0, b: 0, alpha: 1 };

function square(width = 2, height = 2, background = red): Sharp {
  return sharp({ create: { width, height, channels: 4, background } });
}

/** Where a 12x8 picture of blue has become something else, as `x,y` of the first and last pixel. */
async function changed(options: OverlayOptions, width = 12, height = 8): Promise<string> {
  const transform = overlay(options);
  using result = await run(transform, colorFrame([0, 0, 255], width, height));
  await transform.stop?.();
  const pixels = result.toBuffer({ format: 'RGB' });
  const places: [number, number][] = [];
  for (let i = 0; i < width * height; i += 1) {
    if (pixels[i * 3 + 2] !== 255) places.push([i % width, Math.floor(i / width)]);
  }
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  if (places.length === 0) return 'nothing';
  return `${Math.min(...xs)},${Math.min(...ys)} ${Math.max(...xs)},${Math.max(...ys)}`;
}

describe('overlay image', () => {
  it.each([
    [{ position: 'top-left' }, '1,1 2,2'],
    [{ position: 'top' }, '5,1 6,2'],
    [{ position: 'top-right' }, '9,1 10,2'],
    [{ position: 'left' }, '1,3 2,4'],
    [{ position: 'center' }, '5,3 6,4'],
    [{ position: 'bottom-right' }, '9,5 10,6'],
    [{ x: 3, y: 5 }, '3,5 4,6'],
    [{ x: -3, y: -1 }, '7,5 8,6'],
    [{ x: 11, y: 7 }, '11,7 11,7'],
    [{ x: 20, y: 0 }, 'nothing'],
    [{ width: 4, x: 0, y: 0 }, '0,0 3,3'],
    [{ width: 6, height: 1, x: 0, y: 0 }, '0,0 5,0'],
  ] as const)('at %j', async (options, expected) => {
    expect(await changed({ image: square(), margin: 1, ...options })).toBe(expected);
  });

  it('puts opaque pixels as they are and mixes others', async () => {
    for (const [opacity, expected] of [
      [1, [255, 0, 0]],
      [0.5, [128, 0, 127]],
      [0, [0, 0, 255]],
    ] as const) {
      const transform = overlay({ image: square(4, 2), x: 0, y: 0, opacity });
      using result = await run(transform, colorFrame([0, 0, 255], 4, 2));
      const found = [...result.toBuffer({ format: 'RGB' }).subarray(0, 3)];
      for (const [i, value] of expected.entries()) {
        expect(Math.abs((found[i] as number) - value)).toBeLessThanOrEqual(2);
      }
      await transform.stop?.();
    }
  });

  it('takes bytes and stays on every later frame, at every size', async () => {
    const transform = overlay({ image: await square(4, 4).png().toBuffer(), x: 0, y: 0 });
    await transform.start?.(info);
    for (const width of [16, 16, 32, 16]) {
      using result = await run(
        transform,
        frameOf({ width, pixels: Buffer.alloc(width * 12, 128) }),
      );
      expect(result.format).toBe('I420');
      const luma = result.toBuffer()[0] as number;
      expect(Math.abs(luma - 81)).toBeLessThan(3);
    }
    await transform.stop?.();
  });

  it('tells at start of a picture that cannot be read', async () => {
    const transform = overlay({ image: Buffer.from('no picture') });
    await expect(Promise.resolve(transform.start?.(info))).rejects.toThrow(/unsupported image/);
    await transform.stop?.();
  });
});

describe('overlay text', () => {
  const brightest = (frame: VideoFrame): number =>
    frame.toBuffer({ format: 'GRAY8' }).reduce((most, value) => Math.max(most, value), 0);
  const dark = (timestamp: number): VideoFrame =>
    frameOf({ format: 'GRAY8', width: 160, height: 60, timestamp, pixels: Buffer.alloc(9600) });

  it('draws text', async () => {
    const transform = overlay({ text: 'FrameGear <&>', fontSize: 20 });
    using result = await run(transform, dark(0));
    expect(brightest(result)).toBeGreaterThan(230);
    await transform.stop?.();
  });

  it('asks a function for every frame, draws nothing for empty text', async () => {
    const texts = ['one', '', 'two'];
    const transform = overlay({ text: ({ frameNumber }) => texts[frameNumber] ?? '' });
    const seen: Buffer[] = [];
    for (const [i] of texts.entries()) {
      using result = await run(transform, dark(i * 40_000), i);
      seen.push(result.toBuffer({ format: 'GRAY8' }));
    }
    expect(seen[0]?.some((value) => value > 200)).toBe(true);
    expect(seen[1]?.some((value) => value > 200)).toBe(false);
    expect(seen[2]?.some((value) => value > 200)).toBe(true);
    expect(seen[0]?.equals(seen[2] as Buffer)).toBe(false);
    await transform.stop?.();
  });

  it('has a box of its background behind it', async () => {
    const place = await changed(
      { text: 'x', fontSize: 12, background: '#ff0000', x: 0, y: 0 },
      64,
      64,
    );
    const [, , width = 0, height = 0] = place.split(/[ ,]/).map(Number);
    expect(place).toMatch(/^0,0 /);
    expect(width).toBeGreaterThan(10);
    expect(height).toBeGreaterThan(10);
  });

  it('fails for a text that is none', async () => {
    const transform = overlay({ text: () => 5 as unknown as string });
    await expect(Promise.resolve(transform.transform(dark(0), contextOf()))).rejects.toThrow(
      /overlay text.*5/,
    );
  });
});

describe('overlay refuses', () => {
  it.each([
    [{}, /either image or text/],
    [{ image: square(), text: 'a' }, /either image or text/],
    [{ image: './no-such.png' }, /image: no such file/],
    [{ image: 5 }, /image: expected/],
    [{ text: 5 }, /text: expected/],
    [{ text: 'a', position: 'middle' }, /position.*middle/],
    [{ text: 'a', x: 1.5 }, /x: expected a whole number/],
    [{ text: 'a', opacity: 2 }, /opacity.*2/],
    [{ text: 'a', margin: -1 }, /margin/],
    [{ text: 'a', fontSize: 0 }, /fontSize/],
    [{ text: 'a', color: 'red"/>' }, /color/],
    [{ text: 'a', background: 5 }, /background/],
    [{ text: 'a', background: 'no colour' }, /background.*no colour/],
    [{ image: square(), width: 0 }, /width/],
    [{ text: 'a', colour: 'x' }, /no option colour/],
    [null, /overlay options/],
  ])('%#', (options, message) => {
    expect(() => overlay(options as OverlayOptions)).toThrow(message);
  });
});
