import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { nativePixelFormat } from '../codec/native-pixels.js';
import type { FrameTransform } from '../media/contracts.js';
import { BufferBacking } from '../media/buffer-backing.js';
import { pictureByteLength } from '../media/pixel-format.js';
import { VideoFrame } from '../media/video-frame.js';
import { NativeFilter } from './native-filter.js';
import type { GraphInput, GraphPlan } from './native-graph.js';

/** Chroma of a pixel without colour. */
const neutral = 128;

/**
 * Takes the colour out. `I420`, `NV12` and `GRAY8` keep their format and brightness to the bit, since
 * only their chroma is cleared; `RGB` and its kin become `GRAY8`, everything else `I420`.
 */
export function grayscale(): FrameTransform {
  return new Grayscale();
}

class Grayscale implements FrameTransform {
  readonly name = 'grayscale';
  readonly #filter = new NativeFilter(plan);

  async transform(frame: VideoFrame): Promise<VideoFrame | null> {
    const { format } = frame;
    if (format === 'GRAY8') return frame;
    using input = frame;
    const plain = input.backing instanceof BufferBacking;
    // FFmpeg has no filter that clears NV12's chroma; plain bytes need not go to FFmpeg and back.
    if (format === 'NV12' || (format === 'I420' && plain)) return clearBytes(input, format);
    return await this.#filter.run(input);
  }

  stop(): Promise<void> {
    return this.#filter.reset();
  }
}

const packed = new Set<number>((['RGB', 'RGBA', 'BGR', 'BGRA'] as const).map(nativePixelFormat));

function plan({ format }: GraphInput): GraphPlan {
  if (packed.has(format)) return { graph: 'format=gray' };
  if (format === AV_PIX_FMT_YUV420P) return { graph: 'hue=s=0' };
  return { graph: 'format=yuv420p,hue=s=0' };
}

function clearBytes(frame: VideoFrame, format: 'I420' | 'NV12'): VideoFrame {
  const { codedWidth, codedHeight, timestamp, duration } = frame;
  const pixels = frame.toBuffer();
  pixels.fill(neutral, pictureByteLength('GRAY8', codedWidth, codedHeight));
  return VideoFrame.fromBuffer(pixels, { format, codedWidth, codedHeight, timestamp, duration });
}
