import type { Frame } from 'node-av/lib';
import {
  AV_PIX_FMT_BGR24,
  AV_PIX_FMT_BGRA,
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_RGB24,
  AV_PIX_FMT_RGBA,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_UNSPECIFIED,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_UNSPECIFIED,
} from 'node-av/constants';
import type { AVPixelFormat } from 'node-av/constants';
import { planeSizes } from '../media/pixel-format.js';
import type { VideoPixelFormat } from '../media/pixel-format.js';
import { bt601, colorKind, tagColors } from './frame-colors.js';
import { FramePool } from './frame-pool.js';

const unpooled = new FramePool(0);

/** FFmpeg's names for our formats. */
const nativeFormats: Record<VideoPixelFormat, AVPixelFormat> = {
  I420: AV_PIX_FMT_YUV420P,
  NV12: AV_PIX_FMT_NV12,
  RGBA: AV_PIX_FMT_RGBA,
  BGRA: AV_PIX_FMT_BGRA,
  RGB: AV_PIX_FMT_RGB24,
  BGR: AV_PIX_FMT_BGR24,
  GRAY8: AV_PIX_FMT_GRAY8,
};

const namedFormats = new Map<number, VideoPixelFormat>(
  Object.entries(nativeFormats).map(([name, native]) => [native, name as VideoPixelFormat]),
);

/** FFmpeg's number for one of our pixel formats. */
export function nativePixelFormat(format: VideoPixelFormat): AVPixelFormat {
  return nativeFormats[format];
}

/** Our name of an FFmpeg pixel format, `null` when it has none. */
export function namedPixelFormat(format: number): VideoPixelFormat | null {
  return namedFormats.get(format) ?? null;
}

/**
 * Copies tightly packed pixels into a new FFmpeg frame, which the caller frees. YUV is taken for BT.601 in limited
 * range, gray for full range. `pool` is where the frame's memory comes from.
 *
 * `Frame.fromVideoBuffer` would do without the copy, but leaves the frame pointing into JavaScript's memory,
 * which is gone after the next garbage collection, and which lacks the padding FFmpeg reads.
 */
export function frameFromPixels(
  pixels: Buffer,
  format: VideoPixelFormat,
  width: number,
  height: number,
  pool: FramePool = unpooled,
): Frame {
  const { frame, planes, strides } = pool.takeWithPlanes(nativeFormats[format], width, height);
  let offset = 0;
  planeSizes(format, width, height).forEach(({ rowBytes, rows }, index) => {
    const plane = planes[index] as Buffer;
    const stride = strides[index] as number;
    copyRows(pixels, offset, plane, stride, rowBytes, rows);
    offset += rowBytes * rows;
  });
  tagPixels(frame);
  return frame;
}

function copyRows(
  pixels: Buffer,
  offset: number,
  plane: Buffer,
  stride: number,
  rowBytes: number,
  rows: number,
): void {
  if (stride === rowBytes) {
    pixels.copy(plane, 0, offset, offset + rowBytes * rows);
    return;
  }
  for (let row = 0; row < rows; row += 1) {
    const start = offset + row * rowBytes;
    pixels.copy(plane, row * stride, start, start + rowBytes);
  }
}

function tagPixels(frame: Frame): void {
  const tone = { colorPrimaries: AVCOL_PRI_UNSPECIFIED, colorTrc: AVCOL_TRC_UNSPECIFIED };
  const full = { colorSpace: AVCOL_SPC_RGB, colorRange: AVCOL_RANGE_JPEG };
  const colors = {
    rgb: full,
    gray: { ...full, colorSpace: AVCOL_SPC_SMPTE170M },
    yuv: bt601,
  }[colorKind(frame.format)];
  tagColors(frame, { ...colors, ...tone });
}
