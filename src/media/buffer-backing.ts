import { NotSupportedError } from '../errors.js';
import type { FrameBacking } from './frame-backing.js';
import type { VideoPixelFormat } from './pixel-format.js';

/** Converts tightly packed pixels between formats. */
export type PixelConverter = (
  pixels: Buffer,
  from: VideoPixelFormat,
  to: VideoPixelFormat,
  width: number,
  height: number,
) => Buffer;

let converter: PixelConverter | null = null;

/**
 * Plugs in the converter: `codec/` brings FFmpeg's, since this layer imports nothing above it.
 */
export function setPixelConverter(convert: PixelConverter): void {
  converter = convert;
}

/** Pixels in JavaScript memory, tightly packed; shared by clones, never written to. */
export class BufferBacking implements FrameBacking {
  readonly pixels: Buffer;
  readonly format: VideoPixelFormat;
  readonly codedWidth: number;
  readonly codedHeight: number;

  constructor(pixels: Buffer, format: VideoPixelFormat, codedWidth: number, codedHeight: number) {
    this.pixels = pixels;
    this.format = format;
    this.codedWidth = codedWidth;
    this.codedHeight = codedHeight;
  }

  copy(format: VideoPixelFormat): Buffer {
    if (format === this.format) return Buffer.from(this.pixels);
    if (converter === null) {
      throw new NotSupportedError(`no converter from ${this.format} to ${format} is loaded`);
    }
    return converter(this.pixels, this.format, format, this.codedWidth, this.codedHeight);
  }

  clone(): FrameBacking {
    return this;
  }

  close(): void {
    // Plain memory: the garbage collector's.
  }
}
