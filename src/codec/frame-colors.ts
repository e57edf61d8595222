import { avGetPixFmtName } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import {
  AV_PIX_FMT_YUV411P,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV422P,
  AV_PIX_FMT_YUV440P,
  AV_PIX_FMT_YUV444P,
  AV_PIX_FMT_YUVJ411P,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ440P,
  AV_PIX_FMT_YUVJ444P,
  AVCOL_PRI_UNSPECIFIED,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT2020_CL,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_FCC,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_SMPTE240M,
  AVCOL_TRC_UNSPECIFIED,
} from 'node-av/constants';
import type {
  AVColorPrimaries,
  AVColorRange,
  AVColorSpace,
  AVColorTransferCharacteristic,
  AVPixelFormat,
} from 'node-av/constants';

/** What the numbers in a frame stand for; FFmpeg's constants. */
export interface FrameColors {
  /** The matrix between YUV and RGB. */
  colorSpace: AVColorSpace;
  /** `AVCOL_RANGE_MPEG` (16-235) or `AVCOL_RANGE_JPEG` (0-255). */
  colorRange: AVColorRange;
  /** The red, green and blue that are meant. */
  colorPrimaries: AVColorPrimaries;
  /** The transfer curve. */
  colorTrc: AVColorTransferCharacteristic;
}

/** BT.601 in limited range: what VP8 means, and what FrameGear makes of RGB pictures. */
export const bt601: Pick<FrameColors, 'colorSpace' | 'colorRange'> = {
  colorSpace: AVCOL_SPC_SMPTE170M,
  colorRange: AVCOL_RANGE_MPEG,
};

/** FFmpeg's old names for full range, and the layouts they stand for. */
const fullRangeFormats = new Map<number, AVPixelFormat>([
  [AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P],
  [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P],
  [AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P],
  [AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P],
  [AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P],
]);

/** Matrices that libswscale can undo. */
const knownMatrices = new Set<number>([
  AVCOL_SPC_BT709,
  AVCOL_SPC_FCC,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_SMPTE240M,
  AVCOL_SPC_BT2020_NCL,
]);

const kinds = new Map<number, 'rgb' | 'gray' | 'yuv'>();

/** Whether a pixel format holds RGB, gray alone, or YUV. */
export function colorKind(format: number): 'rgb' | 'gray' | 'yuv' {
  let kind = kinds.get(format);
  if (kind === undefined) {
    const name = avGetPixFmtName(format as AVPixelFormat) ?? '';
    kind = /rgb|bgr|gbr|pal8|bayer|xyz/.test(name)
      ? 'rgb'
      : /^(gray|ya\d|mono)/.test(name)
        ? 'gray'
        : 'yuv';
    kinds.set(format, kind);
  }
  return kind;
}

/** The layout without FFmpeg's old mark for full range (`yuvj420p` is `yuv420p`). */
export function plainFormat(format: number): AVPixelFormat {
  return fullRangeFormats.get(format) ?? (format as AVPixelFormat);
}

/**
 * A frame's colours, as it says or, where it does not, as is usual: limited range for YUV, full for
 * gray and RGB; BT.601 at any size, as FFmpeg and OpenCV have it (players tend to guess BT.709 for HD).
 */
export function colorsOf(frame: Frame): FrameColors {
  const { colorPrimaries, colorTrc } = frame;
  const kind = colorKind(frame.format);
  if (kind === 'rgb') {
    const colors = { colorSpace: AVCOL_SPC_RGB, colorRange: AVCOL_RANGE_JPEG };
    return { ...colors, colorPrimaries, colorTrc };
  }
  const full =
    kind === 'gray' || fullRangeFormats.has(frame.format) || frame.colorRange === AVCOL_RANGE_JPEG;
  const colorRange = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  return { colorSpace: matrixOf(frame), colorRange, colorPrimaries, colorTrc };
}

function matrixOf(frame: Frame): AVColorSpace {
  // Two names of one matrix.
  if (frame.colorSpace === AVCOL_SPC_BT470BG) return AVCOL_SPC_SMPTE170M;
  if (knownMatrices.has(frame.colorSpace)) return frame.colorSpace;
  if (frame.colorSpace === AVCOL_SPC_BT2020_CL) return AVCOL_SPC_BT2020_NCL;
  return AVCOL_SPC_SMPTE170M;
}

/**
 * The colours a conversion ends in: those of `wanted`, else the source's own, else (for YUV made of
 * RGB) BT.601. Primaries and curve stay as they are: HDR pictures are not tone-mapped, since libswscale
 * needs seconds to set that up and 11 ms per 720p frame; a filter graph can do it.
 */
export function targetColors(
  source: FrameColors,
  sourceFormat: number,
  targetFormat: number,
  wanted: Partial<FrameColors>,
): FrameColors {
  const { colorPrimaries, colorTrc } = source;
  const tone = { colorPrimaries, colorTrc };
  switch (colorKind(targetFormat)) {
    case 'rgb':
      return { colorSpace: AVCOL_SPC_RGB, colorRange: AVCOL_RANGE_JPEG, ...tone };
    case 'gray':
      return { colorSpace: source.colorSpace, colorRange: AVCOL_RANGE_JPEG, ...tone };
    case 'yuv': {
      const own = colorKind(sourceFormat) === 'yuv' ? source : bt601;
      return {
        colorSpace: wanted.colorSpace ?? own.colorSpace,
        colorRange: wanted.colorRange ?? own.colorRange,
        ...tone,
      };
    }
  }
}

/** Writes colours on a frame. */
export function tagColors(frame: Frame, colors: FrameColors): void {
  frame.colorSpace = colors.colorSpace;
  frame.colorRange = colors.colorRange;
  frame.colorPrimaries = colors.colorPrimaries;
  frame.colorTrc = colors.colorTrc;
}

/** Makes libswscale leave primaries and curve alone. */
export function withoutTone(colors: FrameColors): FrameColors {
  return {
    ...colors,
    colorPrimaries: AVCOL_PRI_UNSPECIFIED,
    colorTrc: AVCOL_TRC_UNSPECIFIED,
  };
}

/** True when two frames' numbers mean the same without any conversion. */
export function sameColors(a: FrameColors, b: FrameColors): boolean {
  return a.colorSpace === b.colorSpace && a.colorRange === b.colorRange;
}
