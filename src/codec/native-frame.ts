import { Frame, Rational } from 'node-av/lib';
import {
  AV_PIX_FMT_BGR24,
  AV_PIX_FMT_BGRA,
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_RGB24,
  AV_PIX_FMT_RGBA,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
} from 'node-av/constants';
import type { AVPixelFormat } from 'node-av/constants';
import { EncodingError } from '../errors.js';
import { BufferBacking } from '../media/buffer-backing.js';
import type { FrameBacking } from '../media/frame-backing.js';
import type { VideoPixelFormat } from '../media/pixel-format.js';
import { VideoFrame } from '../media/video-frame.js';
import type { VideoFrameInit } from '../media/video-frame.js';
import { convertFrame } from './scale.js';

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

const namedFormats = new Map<number, VideoPixelFormat>([
  ...Object.entries(nativeFormats).map(
    ([name, native]) => [native, name as VideoPixelFormat] as const,
  ),
  [AV_PIX_FMT_YUVJ420P, 'I420'],
]);

/** FFmpeg's number for one of our pixel formats. */
export function nativePixelFormat(format: VideoPixelFormat): AVPixelFormat {
  return nativeFormats[format];
}

/** Pixels in FFmpeg's memory; reference counted by FFmpeg itself. */
export class NativeBacking implements FrameBacking {
  /** The FFmpeg frame; owned by this handle. */
  readonly frame: Frame;
  readonly format: VideoPixelFormat | null;
  readonly codedWidth: number;
  readonly codedHeight: number;

  constructor(frame: Frame) {
    this.frame = frame;
    this.format = namedFormats.get(frame.format) ?? null;
    this.codedWidth = frame.width;
    this.codedHeight = frame.height;
  }

  copy(format: VideoPixelFormat): Buffer {
    const wanted = nativeFormats[format];
    if (this.frame.format === wanted) return this.frame.toBuffer();
    using converted = convertFrame(this.frame, { format: wanted });
    return converted.toBuffer();
  }

  clone(): FrameBacking {
    const copy = this.frame.clone();
    if (copy === null) throw new EncodingError('FFmpeg could not reference a frame: out of memory');
    return new NativeBacking(copy);
  }

  close(): void {
    this.frame.free();
  }
}

/** A `VideoFrame` over an FFmpeg frame, which it owns from now on. */
export function wrapNativeFrame(frame: Frame, init: VideoFrameInit): VideoFrame {
  return new VideoFrame(new NativeBacking(frame), init);
}

/**
 * A `VideoFrame`'s pixels as an FFmpeg frame that the caller frees; the `VideoFrame` stays open.
 * Native frames are referenced, not copied. `pts` is the timestamp, in microseconds.
 */
export function toNativeFrame(videoFrame: VideoFrame): Frame {
  const { backing } = videoFrame;
  const frame =
    backing instanceof NativeBacking
      ? (backing.clone() as NativeBacking).frame
      : frameFromPixels(backing);
  frame.timeBase = new Rational(1, 1_000_000);
  frame.pts = BigInt(videoFrame.timestamp);
  return frame;
}

function frameFromPixels(backing: FrameBacking): Frame {
  const format = backing.format ?? 'RGB';
  const pixels = backing instanceof BufferBacking ? backing.pixels : backing.copy(format);
  return Frame.fromVideoBuffer(pixels, {
    width: backing.codedWidth,
    height: backing.codedHeight,
    format: nativeFormats[format],
  });
}
