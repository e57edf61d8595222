import { FFmpegError, Frame, SoftwareScaleContext } from 'node-av/lib';
import { SWS_BICUBIC } from 'node-av/constants';
import type { AVPixelFormat } from 'node-av/constants';

/** What {@link convertFrame} changes; what is left out stays as it is. */
export interface ConvertOptions {
  /** FFmpeg pixel format. */
  format?: AVPixelFormat;
  /** Pixels in a row. */
  width?: number;
  /** Rows. */
  height?: number;
}

/**
 * One-off conversion of an FFmpeg frame; the caller frees both. For a stream of frames keep a
 * {@link FrameScaler}, which reuses its tables.
 */
export function convertFrame(source: Frame, options: ConvertOptions): Frame {
  using scaler = new FrameScaler();
  return scaler.convert(source, options);
}

/** Scales and converts frames one after another, keeping libswscale's tables between them. */
export class FrameScaler implements Disposable {
  readonly #context: SoftwareScaleContext = new SoftwareScaleContext();
  #key = '';

  /** A new frame in the wanted shape, for the caller to free; times and colours are carried over. */
  convert(source: Frame, options: ConvertOptions): Frame {
    const target = new Frame();
    target.alloc();
    target.format = options.format ?? (source.format as AVPixelFormat);
    target.width = options.width ?? source.width;
    target.height = options.height ?? source.height;
    try {
      FFmpegError.throwIfError(target.getBuffer(), 'allocate a frame');
      this.#prepare(source, target);
      FFmpegError.throwIfError(this.#context.scaleFrameSync(target, source), 'scale a frame');
      target.pts = source.pts;
      target.timeBase = source.timeBase;
      return target;
    } catch (error) {
      target.free();
      throw error;
    }
  }

  /** Frees the tables. */
  [Symbol.dispose](): void {
    this.#context.freeContext();
  }

  #prepare(source: Frame, target: Frame): void {
    const key = [source, target].map((f) => `${f.width}x${f.height}/${f.format}`).join('>');
    if (key === this.#key) return;
    this.#context.getContext(
      source.width,
      source.height,
      source.format as AVPixelFormat,
      target.width,
      target.height,
      target.format as AVPixelFormat,
      SWS_BICUBIC,
    );
    this.#key = key;
  }
}
