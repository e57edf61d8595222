import { Frame } from 'node-av/lib';
import {
  AV_PIX_FMT_BGRA,
  AV_PIX_FMT_GBRP,
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV422P,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUYV422,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT2020_CL,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
} from 'node-av/constants';
import type { AVColorRange, AVColorSpace, AVPixelFormat } from 'node-av/constants';
import { describe, expect, it } from 'vitest';
import { colorKind, colorsOf, plainFormat } from '../../../src/codec/frame-colors.js';

interface Tags {
  format: AVPixelFormat;
  height?: number;
  colorSpace?: AVColorSpace;
  colorRange?: AVColorRange;
}

function colors(tags: Tags): [AVColorSpace, AVColorRange] {
  using frame = new Frame();
  frame.alloc();
  frame.format = tags.format;
  frame.width = 16;
  frame.height = tags.height ?? 16;
  if (tags.colorSpace !== undefined) frame.colorSpace = tags.colorSpace;
  if (tags.colorRange !== undefined) frame.colorRange = tags.colorRange;
  const { colorSpace, colorRange } = colorsOf(frame);
  return [colorSpace, colorRange];
}

describe('colorsOf', () => {
  it('believes what a frame says', () => {
    const format = AV_PIX_FMT_YUV420P;
    const said = { colorSpace: AVCOL_SPC_BT709, colorRange: AVCOL_RANGE_JPEG };
    expect(colors({ format, ...said })).toEqual([AVCOL_SPC_BT709, AVCOL_RANGE_JPEG]);
  });

  it.each([AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUYV422])(
    'takes untagged YUV (%i) for limited BT.601 at any size',
    (format) => {
      expect(colors({ format, height: 480 })).toEqual([AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG]);
      expect(colors({ format, height: 1080 })).toEqual([AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG]);
    },
  );

  it('knows full range by the old format names', () => {
    expect(colors({ format: AV_PIX_FMT_YUVJ420P })[1]).toBe(AVCOL_RANGE_JPEG);
  });

  it('takes RGB and gray for full range', () => {
    expect(colors({ format: AV_PIX_FMT_BGRA })).toEqual([AVCOL_SPC_RGB, AVCOL_RANGE_JPEG]);
    expect(colors({ format: AV_PIX_FMT_GRAY8, height: 1080 })).toEqual([
      AVCOL_SPC_SMPTE170M,
      AVCOL_RANGE_JPEG,
    ]);
  });

  it('reads two names of a matrix as one, and mends impossible ones', () => {
    const format = AV_PIX_FMT_YUV420P;
    expect(colors({ format, colorSpace: AVCOL_SPC_BT470BG })[0]).toBe(AVCOL_SPC_SMPTE170M);
    expect(colors({ format, colorSpace: AVCOL_SPC_BT2020_CL })[0]).toBe(AVCOL_SPC_BT2020_NCL);
    expect(colors({ format, colorSpace: AVCOL_SPC_RGB })[0]).toBe(AVCOL_SPC_SMPTE170M);
    expect(colors({ format, colorSpace: AVCOL_SPC_UNSPECIFIED })[0]).toBe(AVCOL_SPC_SMPTE170M);
  });
});

describe('pixel formats', () => {
  it('are told apart by what they hold', () => {
    expect(colorKind(AV_PIX_FMT_GBRP)).toBe('rgb');
    expect(colorKind(AV_PIX_FMT_GRAY8)).toBe('gray');
    expect(colorKind(AV_PIX_FMT_YUYV422)).toBe('yuv');
  });

  it('lose the old mark for full range', () => {
    expect(plainFormat(AV_PIX_FMT_YUVJ422P)).toBe(AV_PIX_FMT_YUV422P);
    expect(plainFormat(AV_PIX_FMT_NV12)).toBe(AV_PIX_FMT_NV12);
  });
});
