import {
  FFmpegError,
  SoftwareScaleContext,
  avGetPixFmtName,
  avIsHardwarePixelFormat,
} from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import { SWS_BICUBIC } from 'node-av/constants';
import type { AVColorRange, AVColorSpace, AVPixelFormat } from 'node-av/constants';
import { EncodingError, InvalidStateError } from '../errors.js';
import './ffmpeg-log.js';
import {
  colorsOf,
  plainFormat,
  sameColors,
  tagColors,
  targetColors,
  withoutTone,
} from './frame-colors.js';
import { FramePool } from './frame-pool.js';
import type { FrameColors } from './frame-colors.js';

/** What {@link convertFrame} changes; what is left out stays as it is. */
export interface ConvertOptions {
  /** FFmpeg pixel format. FFmpeg's old `yuvj` formats are given as the plain ones in full range. */
  format?: AVPixelFormat;
  /** Pixels in a row. */
  width?: number;
  /** Rows. */
  height?: number;
  /**
   * Matrix of a YUV result. Default: the source's own; BT.601 when that is RGB or gray. A source that does not
   * say is taken for BT.601, as FFmpeg does.
   */
  colorSpace?: AVColorSpace;
  /** Range of a YUV result. Default: the source's own; limited when that is RGB or gray. */
  colorRange?: AVColorRange;
}

/** A conversion that is set up: pixels go from `input` to `target`, which then has `colors`. */
interface Job {
  input: Frame;
  target: Frame;
  colors: FrameColors;
}

/**
 * One-off conversion of an FFmpeg frame; the caller frees both. For a stream of frames keep a
 * {@link FrameScaler}, which reuses its tables.
 */
export function convertFrame(source: Frame, options: ConvertOptions): Frame {
  using scaler = new FrameScaler({ poolSize: 0 });
  return scaler.convert(source, options);
}

/**
 * Scales and converts frames one after another, keeping libswscale's tables between them. Matrix and
 * range of each frame are honoured, and written on the result.
 */
export class FrameScaler implements Disposable {
  readonly #context: SoftwareScaleContext = new SoftwareScaleContext();
  readonly #pool: FramePool;
  #busy = false;
  #disposed = false;

  /** @param options.poolSize - Results whose memory is kept for reuse once freed. Default 3. */
  constructor(options: { poolSize?: number } = {}) {
    this.#pool = new FramePool(options.poolSize ?? 3);
    // Without a fixed set-up libswscale takes sizes, formats and colours from each pair of frames.
    this.#context.allocContext();
    this.#context.setOption('sws_flags', SWS_BICUBIC);
  }

  /**
   * A new frame in the wanted shape, for the caller to free; times and colours are carried over. When
   * nothing changes it shares the source's pixels: do not write to it.
   *
   * @throws {EncodingError} when libswscale cannot; `cause` is FFmpeg's error.
   * @throws {InvalidStateError} after disposal, or while {@link convertAsync} is at work.
   */
  convert(source: Frame, options: ConvertOptions): Frame {
    this.#check();
    const job = prepare(source, options, this.#pool);
    if (job === null) return share(source);
    return finish(source, job, this.#context.scaleFrameSync(job.target, job.input));
  }

  /**
   * Same as {@link convert}, on FFmpeg's side of a worker thread. The source stays untouched and open
   * until it resolves.
   */
  async convertAsync(source: Frame, options: ConvertOptions): Promise<Frame> {
    this.#check();
    const job = prepare(source, options, this.#pool);
    if (job === null) return share(source);
    this.#busy = true;
    try {
      return finish(source, job, await this.#context.scaleFrame(job.target, job.input));
    } finally {
      this.#busy = false;
      if (this.#disposed) this.#context.freeContext();
    }
  }

  /** Frees the tables, after the conversion at work. A second call does nothing. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#pool[Symbol.dispose]();
    if (!this.#busy) this.#context.freeContext();
  }

  #check(): void {
    if (this.#disposed) throw new InvalidStateError('FrameScaler is disposed');
    if (this.#busy) throw new InvalidStateError('FrameScaler is converting another frame');
  }
}

/** Sets a conversion up; `null` when nothing is to be done. */
function prepare(source: Frame, options: ConvertOptions, pool: FramePool): Job | null {
  if (!isPicture(source)) {
    throw new EncodingError(`FFmpeg cannot convert a frame of ${describe(source)}`);
  }
  const format = plainFormat(options.format ?? source.format);
  const width = options.width ?? source.width;
  const height = options.height ?? source.height;
  const from = colorsOf(source);
  const colors = targetColors(from, source.format, format, options);
  const sameShape = width === source.width && height === source.height;
  if (sameShape && format === plainFormat(source.format) && sameColors(from, colors)) return null;

  const target = pool.take(format, width, height);
  let input: Frame;
  try {
    input = share(source);
  } catch (error) {
    target.free();
    throw error;
  }
  tagColors(input, withoutTone(from));
  tagColors(target, withoutTone(colors));
  return { input, target, colors };
}

/** Ends a conversion that came back with FFmpeg's `code`. */
function finish(source: Frame, { input, target, colors }: Job, code: number): Frame {
  const from = describe(input);
  input.free();
  if (code < 0) {
    const text = `FFmpeg cannot convert a frame from ${from} to ${describe(target)}`;
    target.free();
    throw new EncodingError(text, FFmpegError.fromCode(code));
  }
  tagColors(target, colors);
  target.pts = source.pts;
  target.duration = source.duration;
  target.timeBase = source.timeBase;
  target.sampleAspectRatio = source.sampleAspectRatio;
  return target;
}

/** Another handle on a frame's pixels, with its colours and layout spelled out. */
function share(source: Frame): Frame {
  const copy = source.clone();
  if (copy === null) throw new EncodingError('FFmpeg could not reference a frame: out of memory');
  tagColors(copy, colorsOf(source));
  copy.format = plainFormat(source.format);
  return copy;
}

/** False for what would crash libswscale: nothing, an unknown layout, or pixels on a graphics card. */
function isPicture({ format, width, height }: Frame): boolean {
  const known = avGetPixFmtName(format as AVPixelFormat) !== null;
  return known && width > 0 && height > 0 && !avIsHardwarePixelFormat(format as AVPixelFormat);
}

function describe(frame: Frame): string {
  const name = avGetPixFmtName(frame.format as AVPixelFormat) ?? String(frame.format);
  return `${frame.width}x${frame.height} ${name}`;
}
