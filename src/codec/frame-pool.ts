import { FFmpegError, Frame } from 'node-av/lib';
import type { AVPixelFormat } from 'node-av/constants';
import { EncodingError } from '../errors.js';
import './ffmpeg-log.js';

/**
 * Frames of one shape that are written again once nobody else holds them. Fresh memory for every
 * picture costs more than converting it: the kernel hands it out zeroed, page by page (about 1 ms for
 * 720p in RGB, against 0.3 ms for the conversion).
 */
export class FramePool implements Disposable {
  readonly #capacity: number;
  #kept: Frame[] = [];
  #shape = '';
  #disposed = false;

  /** @param capacity - Frames kept at most; more are handed out, but not kept. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A frame to write to, for the caller to free; its pixels and times are left over from before. */
  take(format: AVPixelFormat, width: number, height: number): Frame {
    const shape = `${format}:${width}x${height}`;
    if (shape !== this.#shape) this.#forget();
    this.#shape = shape;
    // FFmpeg's "writable" means that this pool's is the only handle left.
    const idle = this.#kept.find((frame) => frame.isWritable);
    if (idle !== undefined) return handle(idle);
    const fresh = allocate(format, width, height);
    if (this.#disposed || this.#kept.length >= this.#capacity) return fresh;
    this.#kept.push(fresh);
    return handle(fresh);
  }

  /** Lets go of the frames; those handed out live on. A second call does nothing. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#forget();
  }

  #forget(): void {
    for (const frame of this.#kept.splice(0)) frame.free();
  }
}

/** A new frame with memory for its pixels; the caller frees it. */
function allocate(format: AVPixelFormat, width: number, height: number): Frame {
  const frame = new Frame();
  try {
    frame.alloc();
    frame.format = format;
    frame.width = width;
    frame.height = height;
    FFmpegError.throwIfError(frame.getBuffer(), 'allocate a frame');
    return frame;
  } catch (cause) {
    frame.free();
    throw new EncodingError(`FFmpeg cannot make a frame of ${width}x${height}`, cause);
  }
}

function handle(frame: Frame): Frame {
  const copy = frame.clone();
  if (copy === null) throw new EncodingError('FFmpeg could not reference a frame: out of memory');
  return copy;
}
