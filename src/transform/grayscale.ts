import { FFmpegError } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import {
  NativeBacking,
  nativePixelFormat,
  toNativeFrame,
  wrapNativeFrame,
} from '../codec/native-frame.js';
import { convertFrame } from '../codec/scale.js';
import type { FrameTransform } from '../media/contracts.js';
import { pictureByteLength } from '../media/pixel-format.js';
import type { VideoPixelFormat } from '../media/pixel-format.js';
import { VideoFrame } from '../media/video-frame.js';

/** Chroma of a pixel without colour. */
const neutral = 128;

/**
 * Takes the colour out. `I420`, `NV12` and `GRAY8` keep their format and brightness to the bit, since
 * only their chroma is cleared; `RGB` and its kin become `GRAY8`, everything else `I420`.
 */
export function grayscale(): FrameTransform {
  return { name: 'grayscale', transform: withoutColour } as FrameTransform;
}

/** The frame without its colours; see {@link grayscale}. Closes what it is given, or returns it. */
export function withoutColour(frame: VideoFrame): VideoFrame {
  const { format } = frame;
  if (format === 'GRAY8') return frame;
  using input = frame;
  const { timestamp, duration } = frame;
  const planar = format === 'I420' || format === 'NV12';
  if (planar && !(frame.backing instanceof NativeBacking)) return clearBytes(input, format);
  const target: VideoPixelFormat = format === null || planar ? 'I420' : 'GRAY8';
  const native = planar ? writable(input) : converted(input, target);
  if (target === 'I420') for (const plane of (native.data ?? []).slice(1)) plane.fill(neutral);
  return wrapNativeFrame(native, { timestamp, duration });
}

function clearBytes(frame: VideoFrame, format: VideoPixelFormat): VideoFrame {
  const { codedWidth, codedHeight, timestamp, duration } = frame;
  const pixels = frame.toBuffer();
  pixels.fill(neutral, pictureByteLength('GRAY8', codedWidth, codedHeight));
  return VideoFrame.fromBuffer(pixels, { format, codedWidth, codedHeight, timestamp, duration });
}

/** FFmpeg copies the pixels if somebody else, another handle say, may read them too. */
function writable(frame: VideoFrame): Frame {
  const native = toNativeFrame(frame);
  try {
    FFmpegError.throwIfError(native.makeWritable(), 'copy a frame');
    return native;
  } catch (error) {
    native.free();
    throw error;
  }
}

function converted(frame: VideoFrame, format: VideoPixelFormat): Frame {
  using native = toNativeFrame(frame);
  return convertFrame(native, { format: nativePixelFormat(format) });
}
