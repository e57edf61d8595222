import {
  AV_PIX_FMT_YUV422P,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
} from 'node-av/constants';
import { describe, expect, it } from 'vitest';
import { toNativeFrame, wrapNativeFrame } from '../../../src/codec/native-frame.js';
import { convertFrame } from '../../../src/codec/scale.js';
import { videoPixelFormats } from '../../../src/media/pixel-format.js';
import { VideoFrame } from '../../../src/media/video-frame.js';
import { barError, flatFrame, rgbBars } from '../../support/codec-pictures.js';

function bars(codedWidth: number, codedHeight: number, timestamp = 0): VideoFrame {
  const pixels = rgbBars(codedWidth, codedHeight);
  return VideoFrame.fromBuffer(pixels, { format: 'RGB', codedWidth, codedHeight, timestamp });
}

describe('toNativeFrame', () => {
  it('copies the pixels, so that JavaScript may forget or change them', () => {
    const pixels = Buffer.alloc(16 * 16, 7);
    const picture = VideoFrame.fromBuffer(pixels, {
      format: 'GRAY8',
      codedWidth: 16,
      codedHeight: 16,
      timestamp: 0,
    });
    using native = toNativeFrame(picture);
    pixels.fill(9);
    expect(new Set(native.toBuffer())).toEqual(new Set([7]));
  });

  it.each(videoPixelFormats)('keeps every byte of %s, at odd sizes too', (format) => {
    for (const [width, height] of [
      [64, 32],
      [33, 17],
      [1, 1],
    ] as const) {
      using picture = flatFrame(format, width, height);
      const pixels = Buffer.from(picture.toBuffer().map((_, index) => index % 251));
      using numbered = VideoFrame.fromBuffer(pixels, {
        format,
        codedWidth: width,
        codedHeight: height,
        timestamp: 5,
      });
      using native = toNativeFrame(numbered);
      expect(native.toBuffer()).toEqual(pixels);
      expect(native.pts).toBe(5n);
    }
  });

  it('refers to native frames without a copy, and leaves them open', () => {
    using picture = wrapNativeFrame(toNativeFrame(bars(20, 10)), { timestamp: 70 });
    using native = toNativeFrame(picture);
    expect(native.isWritable).toBe(false);
    expect(native.pts).toBe(70n);
    expect(picture.closed).toBe(false);
  });
});

describe('VideoFrame over native memory', () => {
  it('tells its format where that has a name', () => {
    using native = toNativeFrame(flatFrame('I420', 16, 16));
    using full = wrapNativeFrame(convertFrame(native, {}), { timestamp: 0 });
    expect(full.format).toBe('I420');
    const other = convertFrame(native, { format: AV_PIX_FMT_YUV422P });
    using unnamed = wrapNativeFrame(other, { timestamp: 0 });
    expect(unnamed.format).toBeNull();
    expect(unnamed.toBuffer()).toHaveLength(16 * 16 * 3);
  });

  it('gives BT.601 bytes, whatever its own colours', () => {
    using rgb = toNativeFrame(bars(80, 48));
    const colors = { colorSpace: AVCOL_SPC_BT709, colorRange: AVCOL_RANGE_MPEG };
    const native = convertFrame(rgb, { format: AV_PIX_FMT_YUVJ420P, ...colors });
    using picture = wrapNativeFrame(native, { timestamp: 0 });
    expect(barError(picture.toBuffer({ format: 'RGB' }), 80, 48)).toBeLessThanOrEqual(4);
    using again = VideoFrame.fromBuffer(picture.toBuffer({ format: 'I420' }), {
      format: 'I420',
      codedWidth: 80,
      codedHeight: 48,
      timestamp: 0,
    });
    expect(barError(again.toBuffer({ format: 'RGB' }), 80, 48)).toBeLessThanOrEqual(6);
  });

  it('survives its clone, and the other way round', () => {
    const picture = wrapNativeFrame(toNativeFrame(bars(20, 10)), { timestamp: 0 });
    const copy = picture.clone();
    picture.close();
    expect(barError(copy.toBuffer(), 20, 10)).toBe(0);
    copy.close();
    copy.close();
    expect(copy.closed).toBe(true);
  });
});

describe('conversion of plain bytes', () => {
  it.each(['I420', 'NV12', 'RGBA', 'BGRA', 'BGR'] as const)('goes to %s and back', (format) => {
    const there = bars(80, 48).toBuffer({ format });
    using frame = VideoFrame.fromBuffer(there, {
      format,
      codedWidth: 80,
      codedHeight: 48,
      timestamp: 0,
    });
    expect(barError(frame.toBuffer({ format: 'RGB' }), 80, 48)).toBeLessThanOrEqual(4);
  });
});
