import { Rational } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import { EncodingError } from '../errors.js';
import { BufferBacking } from '../media/buffer-backing.js';
import type { FrameBacking } from '../media/frame-backing.js';
import type { VideoPixelFormat } from '../media/pixel-format.js';
import { VideoFrame } from '../media/video-frame.js';
import type { VideoFrameInit } from '../media/video-frame.js';
import { bt601, plainFormat } from './frame-colors.js';
import type { FramePool } from './frame-pool.js';
import { frameFromPixels, namedPixelFormat, nativePixelFormat } from './native-pixels.js';
import { installPixelConverter } from './pixel-converter.js';
import { FrameScaler } from './scale.js';

installPixelConverter();

/** Copies are made one at a time, mostly of one stream's frames: they share one scaler and its memory. */
const copyScaler = new FrameScaler({ poolSize: 1 });

/** Pixels in FFmpeg's memory; reference counted by FFmpeg itself. */
class NativeBacking implements FrameBacking {
  /** The FFmpeg frame; owned by this handle. */
  readonly frame: Frame;
  readonly format: VideoPixelFormat | null;
  readonly codedWidth: number;
  readonly codedHeight: number;

  constructor(frame: Frame) {
    this.frame = frame;
    this.format = namedPixelFormat(plainFormat(frame.format));
    this.codedWidth = frame.width;
    this.codedHeight = frame.height;
  }

  copy(format: VideoPixelFormat): Buffer {
    // Bytes carry no word on their colours, so YUV bytes are always BT.601 in limited range.
    using converted = copyScaler.convert(this.frame, {
      format: nativePixelFormat(format),
      ...bt601,
    });
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
 *
 * @param pool - Where memory for the pixels of frames made from bytes comes from. Default: fresh.
 */
export function toNativeFrame(videoFrame: VideoFrame, pool?: FramePool): Frame {
  const { backing } = videoFrame;
  const frame =
    backing instanceof NativeBacking
      ? (backing.clone() as NativeBacking).frame
      : frameFromBacking(backing, pool);
  frame.timeBase = new Rational(1, 1_000_000);
  frame.pts = BigInt(videoFrame.timestamp);
  return frame;
}

function frameFromBacking(backing: FrameBacking, pool: FramePool | undefined): Frame {
  const format = backing.format ?? 'RGB';
  const pixels = backing instanceof BufferBacking ? backing.pixels : backing.copy(format);
  return frameFromPixels(pixels, format, backing.codedWidth, backing.codedHeight, pool);
}
