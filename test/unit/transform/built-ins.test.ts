import { AV_PIX_FMT_YUV422P10LE } from 'node-av/constants';
import { describe, expect, it } from 'vitest';
import { toNativeFrame, wrapNativeFrame } from '../../../src/codec/native-frame.js';
import { convertFrame } from '../../../src/codec/scale.js';
import type { FrameTransform } from '../../../src/media/contracts.js';
import type { VideoFrame } from '../../../src/media/video-frame.js';
import { colorspace, colorspaceNames } from '../../../src/transform/colorspace.js';
import { filter } from '../../../src/transform/filter.js';
import { flip } from '../../../src/transform/flip.js';
import { frameSizeReduction } from '../../../src/transform/frame-size-reduction.js';
import { grayscale } from '../../../src/transform/grayscale.js';
import { overlay } from '../../../src/transform/overlay.js';
import { resize } from '../../../src/transform/resize.js';
import { sharpTransform } from '../../../src/transform/sharp-transform.js';
import { stabilize } from '../../../src/transform/stabilize.js';
import { allShapes, colorFrame, frameOf, run } from '../../support/transform-frames.js';

/** Runs a frame through, closes transform and result, gives what a test looks at. */
async function once(
  transform: FrameTransform,
  frame: VideoFrame,
): Promise<{ size: number[]; format: string | null; bytes: Buffer }> {
  using result = await run(transform, frame);
  const { codedWidth, codedHeight, format } = result;
  const bytes = result.toBuffer();
  await transform.stop?.();
  return { size: [codedWidth, codedHeight], format, bytes };
}

describe('every built-in', () => {
  const makers: Record<string, () => FrameTransform> = {
    grayscale: () => grayscale(),
    resize: () => resize(37, 21),
    contain: () => resize(41, 41, { fit: 'contain' }),
    cover: () => resize(41, 43, { fit: 'cover' }),
    frameSizeReduction: () => frameSizeReduction(40),
    flip: () => flip('both'),
    ...Object.fromEntries(colorspaceNames.map((name) => [name, () => colorspace(name)])),
    'overlay text': () => overlay({ text: 'Hi', position: 'bottom-right' }),
    stabilize: () => stabilize(),
    'stabilize black': () => stabilize({ border: 'black' }),
    filter: () => filter('eq=contrast=1.2'),
    sharpTransform: () => sharpTransform((image) => image.negate()),
  };

  it.each(Object.keys(makers))('%s takes every format and size, native and plain', async (name) => {
    const transform = (makers[name] as () => FrameTransform)();
    for (const shape of allShapes) {
      const frame = frameOf({ ...shape, timestamp: 7 });
      using result = await run(transform, frame);
      expect(result.codedWidth).toBeGreaterThan(1);
      expect(result.toBuffer().byteLength).toBeGreaterThan(0);
      expect(frame.closed).toBe(result !== frame);
    }
    await transform.stop?.();
  });

  it.each(Object.keys(makers))('%s takes native formats without a name', async (name) => {
    const transform = (makers[name] as () => FrameTransform)();
    using frame = frameOf({ width: 64, height: 48 });
    using native = toNativeFrame(frame);
    const unusual = wrapNativeFrame(convertFrame(native, { format: AV_PIX_FMT_YUV422P10LE }), {
      timestamp: 0,
    });
    expect(unusual.format).toBeNull();
    using result = await run(transform, unusual);
    expect(result.toBuffer({ format: 'RGB' }).byteLength).toBeGreaterThan(0);
    await transform.stop?.();
  });

  it('keeps other handles on the same pixels as they are', async () => {
    for (const maker of Object.values(makers)) {
      using frame = frameOf({ native: true });
      const before = frame.toBuffer();
      const transform = maker();
      (await run(transform, frame.clone())).close();
      await transform.stop?.();
      expect(frame.toBuffer().equals(before)).toBe(true);
    }
  });
});

describe('grayscale', () => {
  it.each(['I420', 'NV12'] as const)('clears the chroma of %s, keeps its luma', async (format) => {
    for (const native of [true, false]) {
      const frame = frameOf({ format, width: 7, height: 5, native });
      const luma = frame.toBuffer().subarray(0, 35);
      const { bytes } = await once(grayscale(), frame);
      expect(bytes.subarray(0, 35).equals(luma)).toBe(true);
      expect(bytes.subarray(35).every((byte) => byte === 128)).toBe(true);
    }
  });

  it('makes GRAY8 of RGB by brightness', async () => {
    const { format, bytes } = await once(grayscale(), colorFrame([0, 255, 0]));
    expect(format).toBe('GRAY8');
    expect(Math.abs((bytes[0] as number) - 150)).toBeLessThan(3);
    const gray = await once(grayscale(), colorFrame([80, 80, 80]));
    expect(Math.abs((gray.bytes[0] as number) - 80)).toBeLessThan(2);
  });

  it('returns GRAY8 itself', async () => {
    using frame = frameOf({ format: 'GRAY8' });
    expect(await run(grayscale(), frame)).toBe(frame);
  });
});

describe('flip', () => {
  const pixels = Buffer.from([1, 2, 3, 4, 5, 6]);
  const gray = (native: boolean): VideoFrame =>
    frameOf({ format: 'GRAY8', width: 3, height: 2, pixels, native });

  it.each([
    ['horizontal', [3, 2, 1, 6, 5, 4]],
    ['vertical', [4, 5, 6, 1, 2, 3]],
    ['both', [6, 5, 4, 3, 2, 1]],
  ] as const)('%s', async (direction, expected) => {
    for (const native of [true, false]) {
      const { bytes } = await once(flip(direction), gray(native));
      expect([...bytes]).toEqual(expected);
    }
  });

  it('flips chroma too', async () => {
    const { bytes } = await once(
      flip('both'),
      frameOf({
        width: 4,
        height: 2,
        pixels: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
      }),
    );
    expect([...bytes]).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 10, 9, 12, 11]);
  });

  it('refuses other directions', () => {
    expect(() => flip('diagonal' as 'both')).toThrow(/direction.*diagonal/);
  });
});

describe('resize', () => {
  it('stretches by default, keeps one colour', async () => {
    const { size, format, bytes } = await once(resize(6, 10), colorFrame([10, 200, 30]));
    expect([size, format]).toEqual([[6, 10], 'RGB']);
    for (let i = 0; i < bytes.length; i += 3) {
      expect([...bytes.subarray(i, i + 3)]).toEqual([10, 200, 30]);
    }
  });

  it('works out the side that is null', async () => {
    const frame = (): VideoFrame => frameOf({ width: 64, height: 36 });
    expect((await once(resize(32, null), frame())).size).toEqual([32, 18]);
    expect((await once(resize(null, 18), frame())).size).toEqual([32, 18]);
  });

  it('contain puts black bars around the whole picture', async () => {
    const white = colorFrame([255, 255, 255], 8, 4);
    const { size, bytes } = await once(resize(8, 8, { fit: 'contain' }), white);
    expect(size).toEqual([8, 8]);
    const rows = Array.from({ length: 8 }, (_, row) => bytes[row * 24 + 12]);
    expect(rows).toEqual([0, 0, 255, 255, 255, 255, 0, 0]);
  });

  it('cover cuts off what stands over', async () => {
    const pixels = Buffer.from([9, 9, 50, 50, 50, 50, 9, 9, 9, 9, 50, 50, 50, 50, 9, 9]);
    const frame = frameOf({ format: 'GRAY8', width: 8, height: 2, pixels });
    const { size, bytes } = await once(resize(2, 1 + 1, { fit: 'cover' }), frame);
    expect(size).toEqual([2, 2]);
    expect([...bytes]).toEqual([50, 50, 50, 50]);
  });

  it('returns a frame of the right size itself', async () => {
    using frame = frameOf({ width: 16, height: 8 });
    expect(await run(resize(16, 8), frame)).toBe(frame);
  });

  it('follows a change of the input size', async () => {
    const transform = resize(20, 10);
    for (const width of [16, 40, 16]) {
      using result = await run(transform, frameOf({ width, height: 8 }));
      expect([result.codedWidth, result.codedHeight]).toEqual([20, 10]);
    }
    await transform.stop?.();
  });

  it('refuses sizes that cannot be', () => {
    expect(() => resize(0, 10)).toThrow(RangeError);
    expect(() => resize(10.5, 10)).toThrow(/width.*10\.5/);
    expect(() => resize(10, '8' as unknown as number)).toThrow(/height.*'8'/);
    expect(() => resize(null, null)).toThrow(TypeError);
    expect(() => resize(8, 8, { fit: 'inside' as 'fill' })).toThrow(/fit.*inside/);
    expect(() => resize(8, 8, { fitt: 'fill' } as object)).toThrow(/fitt/);
  });
});

describe('frameSizeReduction', () => {
  it('reduces both sides by the share', async () => {
    const frame = frameOf({ width: 1280, height: 720 });
    expect((await once(frameSizeReduction(40), frame)).size).toEqual([768, 432]);
    const tenth = frameOf({ width: 100, height: 60 });
    expect((await once(frameSizeReduction(90), tenth)).size).toEqual([10, 6]);
  });

  it('does nothing at 0', async () => {
    using frame = frameOf({ width: 17, height: 9 });
    expect(await run(frameSizeReduction(0), frame)).toBe(frame);
  });

  it('refuses more than 90, less than 0 and no number', () => {
    expect(() => frameSizeReduction(91)).toThrow(RangeError);
    expect(() => frameSizeReduction(-1)).toThrow(/percent.*-1/);
    expect(() => frameSizeReduction('10' as unknown as number)).toThrow(TypeError);
  });
});

describe('colorspace', () => {
  // What OpenCV's cvtColor gives for these colours, blue, green, red.
  it.each([
    ['hsv', [255, 0, 0], [0, 255, 255]],
    ['hsv', [0, 255, 0], [60, 255, 255]],
    ['hsv', [0, 0, 255], [120, 255, 255]],
    ['hsv', [200, 100, 50], [10, 191, 200]],
    ['hsv', [90, 90, 90], [0, 0, 90]],
    ['hls', [255, 0, 0], [0, 128, 255]],
    ['hls', [0, 0, 255], [120, 128, 255]],
    ['hls', [255, 255, 255], [0, 255, 0]],
    ['lab', [255, 255, 255], [255, 128, 128]],
    ['lab', [255, 0, 0], [136, 208, 195]],
    ['lab', [0, 0, 255], [82, 207, 20]],
    ['lab', [0, 0, 0], [0, 128, 128]],
    ['yuv', [255, 0, 0], [76, 91, 255]],
    ['yuv', [0, 0, 255], [29, 239, 103]],
    ['ycrcb', [255, 0, 0], [76, 255, 85]],
    ['ycrcb', [0, 255, 0], [150, 21, 43]],
    ['rgb', [1, 2, 3], [1, 2, 3]],
  ] as const)('%s of red, green, blue %j', async (name, rgb, expected) => {
    using result = await run(colorspace(name), colorFrame(rgb));
    expect(result.format).toBe('BGR');
    const found = [...result.toBuffer().subarray(0, 3)];
    for (const [i, value] of expected.entries()) {
      expect(Math.abs((found[i] as number) - value)).toBeLessThanOrEqual(1);
    }
  });

  it.each(['gray', 'GRAY', 'COLOR_BGR2GRAY', 'bgr2gray', 'COLOR_BGR2HSV', 'COLOR_BGR2YCrCb'])(
    'knows %s',
    (name) => {
      expect(() => colorspace(name)).not.toThrow();
    },
  );

  it('gray is grayscale', async () => {
    const frame = frameOf({ format: 'I420' });
    expect((await once(colorspace('COLOR_BGR2GRAY'), frame)).format).toBe('I420');
  });

  it('refuses what it does not know', () => {
    expect(() => colorspace('COLOR_BGR2XYZ')).toThrow(/colorspace.*COLOR_BGR2XYZ/);
    expect(() => colorspace(40 as unknown as string)).toThrow(TypeError);
  });
});

describe('sharpTransform', () => {
  it('hands over the picture and takes it back', async () => {
    const numbers: number[] = [];
    const transform = sharpTransform((image, { frameNumber }) => {
      numbers.push(frameNumber);
      return image.negate();
    });
    using result = await run(transform, colorFrame([0, 100, 255]), 9);
    expect([...result.toBuffer().subarray(0, 3)]).toEqual([255, 155, 0]);
    expect(numbers).toEqual([9]);
  });

  it('may be asynchronous and change the size', async () => {
    const transform = sharpTransform((image) => Promise.resolve(image.resize(10, 6)));
    expect((await once(transform, colorFrame([1, 2, 3]))).size).toEqual([10, 6]);
  });

  it('names what came back instead of an image, and closes its frame', async () => {
    const frame = frameOf();
    const transform = sharpTransform(() => undefined as never);
    await expect(run(transform, frame)).rejects.toThrow(/sharp image.*undefined/);
    expect(frame.closed).toBe(true);
    expect(() => sharpTransform({} as never)).toThrow(/edit/);
  });
});
