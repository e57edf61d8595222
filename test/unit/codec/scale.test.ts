import type { Frame } from 'node-av/lib';
import {
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_NONE,
  AV_PIX_FMT_RGB24,
  AV_PIX_FMT_VAAPI,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_PRI_BT2020,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE2084,
} from 'node-av/constants';
import type { AVColorRange, AVColorSpace, AVPixelFormat } from 'node-av/constants';
import { afterEach, describe, expect, it } from 'vitest';
import { frameFromPixels } from '../../../src/codec/native-pixels.js';
import { FrameScaler, convertFrame } from '../../../src/codec/scale.js';

const open: Frame[] = [];
afterEach(() => {
  for (const frame of open.splice(0)) frame.free();
});

function keep(frame: Frame): Frame {
  open.push(frame);
  return frame;
}

/** A flat I420 picture of one colour, tagged. */
function yuv(values: number[], colorSpace: AVColorSpace, colorRange: AVColorRange): Frame {
  const pixels = Buffer.concat([
    Buffer.alloc(256, values[0]),
    Buffer.alloc(64, values[1]),
    Buffer.alloc(64, values[2]),
  ]);
  const frame = keep(frameFromPixels(pixels, 'I420', 16, 16));
  frame.colorSpace = colorSpace;
  frame.colorRange = colorRange;
  return frame;
}

function rgb(...color: number[]): Frame {
  const pixels = Buffer.concat(Array.from({ length: 256 }, () => Buffer.from(color)));
  return keep(frameFromPixels(pixels, 'RGB', 16, 16));
}

function rgbOf(frame: Frame): number[] {
  const pixels = keep(convertFrame(frame, { format: AV_PIX_FMT_RGB24 })).toBuffer();
  return [...pixels.subarray(0, 3)];
}

function yuvOf(frame: Frame): number[] {
  const pixels = frame.toBuffer();
  return [pixels[0], pixels[256], pixels[320]] as number[];
}

function expectNear(actual: number[], expected: number[]): void {
  actual.forEach((value, index) => {
    expect(Math.abs(value - (expected[index] as number))).toBeLessThanOrEqual(2);
  });
}

// One red in every encoding, from the standards' formulas.
const red = [200, 30, 30];
const red601 = [85, 103, 203];
const red709 = [73, 111, 203];
const red601Full = [81, 99, 213];

describe('FrameScaler', () => {
  it('reads YUV by its own matrix and range', () => {
    expectNear(rgbOf(yuv(red601, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG)), red);
    expectNear(rgbOf(yuv(red709, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)), red);
    expectNear(rgbOf(yuv(red601Full, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG)), red);
    const old = yuv(red601Full, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG);
    old.format = AV_PIX_FMT_YUVJ420P;
    expectNear(rgbOf(old), red);
  });

  it('makes BT.601 of RGB, or what is asked for, and says so', () => {
    const usual = keep(convertFrame(rgb(...red), { format: AV_PIX_FMT_YUV420P }));
    expectNear(yuvOf(usual), red601);
    expect([usual.colorSpace, usual.colorRange]).toEqual([AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG]);
    const colors = { colorSpace: AVCOL_SPC_BT709, colorRange: AVCOL_RANGE_MPEG };
    const asked = keep(convertFrame(rgb(...red), { format: AV_PIX_FMT_YUV420P, ...colors }));
    expectNear(yuvOf(asked), red709);
    expect([asked.colorSpace, asked.colorRange]).toEqual([AVCOL_SPC_BT709, AVCOL_RANGE_MPEG]);
  });

  it('changes matrix and range between YUV frames', () => {
    const wanted = { colorSpace: AVCOL_SPC_SMPTE170M, colorRange: AVCOL_RANGE_MPEG };
    const from709 = yuv(red709, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG);
    expectNear(yuvOf(keep(convertFrame(from709, wanted))), red601);
    const fromFull = yuv(red601Full, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG);
    expectNear(yuvOf(keep(convertFrame(fromFull, wanted))), red601);
  });

  it('keeps matrix and range of what it only scales', () => {
    const source = yuv(red709, AVCOL_SPC_BT709, AVCOL_RANGE_JPEG);
    const small = keep(convertFrame(source, { width: 8, height: 8 }));
    expect([small.colorSpace, small.colorRange]).toEqual([AVCOL_SPC_BT709, AVCOL_RANGE_JPEG]);
    expect(small.toBuffer()[0]).toBe(73);
  });

  it('makes full-range gray of YUV', () => {
    const white = yuv([235, 128, 128], AVCOL_SPC_BT709, AVCOL_RANGE_MPEG);
    const gray = keep(convertFrame(white, { format: AV_PIX_FMT_GRAY8 }));
    expect(gray.toBuffer()[0]).toBe(255);
    expect(gray.colorRange).toBe(AVCOL_RANGE_JPEG);
  });

  it('leaves primaries and curve alone, and keeps their names', () => {
    const source = yuv([150, 128, 128], AVCOL_SPC_BT2020_NCL, AVCOL_RANGE_MPEG);
    const plain = rgbOf(source);
    source.colorPrimaries = AVCOL_PRI_BT2020;
    source.colorTrc = AVCOL_TRC_SMPTE2084;
    const named = keep(convertFrame(source, { format: AV_PIX_FMT_RGB24 }));
    expect([...named.toBuffer().subarray(0, 3)]).toEqual(plain);
    expect(named.colorTrc).toBe(AVCOL_TRC_SMPTE2084);
    expect(named.colorSpace).toBe(AVCOL_SPC_RGB);
  });

  it('carries times over', () => {
    const source = rgb(...red);
    source.pts = 1234n;
    source.duration = 40n;
    const result = keep(convertFrame(source, { width: 8 }));
    expect([result.pts, result.duration, result.width, result.height]).toEqual([1234n, 40n, 8, 16]);
  });

  it('shares the pixels when nothing changes', () => {
    using scaler = new FrameScaler();
    const source = rgb(...red);
    using same = scaler.convert(source, { format: AV_PIX_FMT_RGB24, width: 16 });
    expect(source.isWritable).toBe(false);
    expect(same.toBuffer()).toEqual(source.toBuffer());
  });

  it('converts on a thread as it does at once', async () => {
    using scaler = new FrameScaler();
    const result = keep(await scaler.convertAsync(rgb(...red), { format: AV_PIX_FMT_YUV420P }));
    expectNear(yuvOf(result), red601);
  });

  it('refuses a second frame meanwhile, and waits with its disposal', async () => {
    const scaler = new FrameScaler();
    const pending = scaler.convertAsync(rgb(...red), { format: AV_PIX_FMT_YUV420P });
    expect(() => scaler.convert(rgb(...red), { width: 8 })).toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    );
    scaler[Symbol.dispose]();
    scaler[Symbol.dispose]();
    expectNear(yuvOf(keep(await pending)), red601);
    expect(() => scaler.convert(rgb(...red), { width: 8 })).toThrow(
      expect.objectContaining({ code: 'invalid-state' }),
    );
    await expect(scaler.convertAsync(rgb(...red), { width: 8 })).rejects.toThrow('disposed');
  });

  it.each([AV_PIX_FMT_NONE, 9999 as AVPixelFormat, AV_PIX_FMT_VAAPI])(
    'refuses frames of pixel format %i, which are no picture in memory',
    (format) => {
      const frame = rgb(...red);
      frame.format = format;
      expect(() => convertFrame(frame, { format: AV_PIX_FMT_RGB24 })).toThrow(
        expect.objectContaining({ code: 'encoding-failed' }),
      );
    },
  );

  it('says what it cannot convert', () => {
    expect(() => convertFrame(rgb(...red), { width: 8, height: 0 })).toThrow(
      expect.objectContaining({ name: 'EncodingError' }),
    );
  });
});
