import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { InvalidStateError } from '../errors.js';
import { BufferBacking } from './buffer-backing.js';
import type { FrameBacking } from './frame-backing.js';
import { pictureByteLength, planeSizes, videoPixelFormats } from './pixel-format.js';
import type { PlaneLayout, VideoPixelFormat } from './pixel-format.js';

/** Times of a {@link VideoFrame}. */
export interface VideoFrameInit {
  /** Presentation time in integer microseconds. */
  timestamp: number;
  /** How long the picture stands, in integer microseconds; unknown when left out. */
  duration?: number | null;
}

/** Shape and times of a {@link VideoFrame} made from bytes. */
export interface VideoFrameBufferInit extends VideoFrameInit {
  /** Layout of the bytes. */
  format: VideoPixelFormat;
  /** Pixels in a row. */
  codedWidth: number;
  /** Rows. */
  codedHeight: number;
}

/**
 * One raw picture, after W3C WebCodecs, with what Node users reach for: `toBuffer`, `toSharp`,
 * `fromSharp`, `fromBuffer`. Pictures from FFmpeg stay in native memory until pixels are asked for.
 * Close every frame you own: native memory is not freed by the garbage collector in time.
 *
 * @see {@link https://www.w3.org/TR/webcodecs/#videoframe-interface}
 */
export class VideoFrame {
  /** Presentation time in microseconds. */
  readonly timestamp: number;
  /** Microseconds, or `null` when unknown. */
  readonly duration: number | null;
  #backing: FrameBacking | null;

  /** @param data - Tightly packed pixels; kept, not copied. @throws {TypeError} {@link fromBuffer} */
  constructor(data: Uint8Array, init: VideoFrameBufferInit);
  /** @internal */
  constructor(backing: FrameBacking, init: VideoFrameInit);
  constructor(data: Uint8Array | FrameBacking, init: VideoFrameBufferInit | VideoFrameInit) {
    this.timestamp = microseconds('timestamp', init.timestamp);
    this.duration = init.duration == null ? null : microseconds('duration', init.duration);
    this.#backing =
      data instanceof Uint8Array ? bufferBacking(data, init as VideoFrameBufferInit) : data;
  }

  /**
   * A frame over tightly packed pixels. The bytes are kept, not copied: do not write to them
   * afterwards.
   *
   * @throws {TypeError} naming the field, for an unknown format, a size that is no positive integer,
   *   or too few bytes.
   */
  static fromBuffer(data: Uint8Array, init: VideoFrameBufferInit): VideoFrame {
    if (!(data instanceof Uint8Array)) {
      throw new TypeError(`data: expected a Buffer or Uint8Array, got ${typeof data}`);
    }
    return new VideoFrame(data, init);
  }

  /**
   * Renders a sharp image into a frame: `RGB`, `RGBA` when it has an alpha channel, `GRAY8` when it
   * has one channel.
   */
  static async fromSharp(image: Sharp, init: VideoFrameInit): Promise<VideoFrame> {
    const { data, info } = await image
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const format = ({ 1: 'GRAY8', 3: 'RGB', 4: 'RGBA' } as const)[info.channels as 1 | 3 | 4];
    if (format === undefined) {
      throw new TypeError(`image: expected 1, 3 or 4 channels, got ${info.channels}`);
    }
    return new VideoFrame(data, {
      ...init,
      format,
      codedWidth: info.width,
      codedHeight: info.height,
    });
  }

  /** Layout of the pixels; `null` for native layouts without a name here (10 bit, 4:2:2, ...). */
  get format(): VideoPixelFormat | null {
    return this.#backing?.format ?? null;
  }

  /** Pixels in a row; 0 once closed. */
  get codedWidth(): number {
    return this.#backing?.codedWidth ?? 0;
  }

  /** Rows; 0 once closed. */
  get codedHeight(): number {
    return this.#backing?.codedHeight ?? 0;
  }

  /** Width to show the picture at; same as `codedWidth`, since sources deliver square pixels. */
  get displayWidth(): number {
    return this.codedWidth;
  }

  /** Height to show the picture at. */
  get displayHeight(): number {
    return this.codedHeight;
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#backing === null;
  }

  /**
   * Where the pixels are kept; for the coders only.
   *
   * @internal
   */
  get backing(): FrameBacking {
    if (this.#backing === null) throw new InvalidStateError('VideoFrame is closed');
    return this.#backing;
  }

  /** Bytes that {@link copyTo} writes. @throws {TypeError} when the format has no name and none is given. */
  allocationSize(options: { format?: VideoPixelFormat } = {}): number {
    return pictureByteLength(this.#formatFor(options.format), this.codedWidth, this.codedHeight);
  }

  /**
   * Copies the pixels, tightly packed, into `destination`.
   *
   * @returns Offset and stride of each plane.
   * @throws {TypeError} when `destination` is too small.
   */
  copyTo(
    destination: Uint8Array,
    options: { format?: VideoPixelFormat } = {},
  ): Promise<PlaneLayout[]> {
    return Promise.resolve().then(() => {
      const format = this.#formatFor(options.format);
      const pixels = this.backing.copy(format);
      if (destination.byteLength < pixels.byteLength) {
        throw new TypeError(
          `destination: ${pixels.byteLength} bytes needed, got ${destination.byteLength}`,
        );
      }
      destination.set(pixels);
      let offset = 0;
      return planeSizes(format, this.codedWidth, this.codedHeight).map(({ rowBytes, rows }) => {
        const plane = { offset, stride: rowBytes };
        offset += rowBytes * rows;
        return plane;
      });
    });
  }

  /**
   * A fresh, tightly packed copy of the pixels, yours to change.
   *
   * @param options.format - Default: the frame's own format, `RGB` when that has no name.
   */
  toBuffer(options: { format?: VideoPixelFormat } = {}): Buffer {
    return this.backing.copy(options.format ?? this.format ?? 'RGB');
  }

  /** The picture as a sharp image, in `RGB` or (for frames with alpha) `RGBA`. */
  toSharp(): Sharp {
    const alpha = this.format === 'RGBA' || this.format === 'BGRA';
    return sharp(this.toBuffer({ format: alpha ? 'RGBA' : 'RGB' }), {
      raw: { width: this.codedWidth, height: this.codedHeight, channels: alpha ? 4 : 3 },
    });
  }

  /** Another handle on the same pixels, to be closed on its own. */
  clone(init: Partial<VideoFrameInit> = {}): VideoFrame {
    return new VideoFrame(this.backing.clone(), {
      timestamp: init.timestamp ?? this.timestamp,
      duration: init.duration ?? this.duration,
    });
  }

  /** Lets go of the pixels. A second call does nothing. */
  close(): void {
    this.#backing?.close();
    this.#backing = null;
  }

  /** Same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #formatFor(format: VideoPixelFormat | undefined): VideoPixelFormat {
    const wanted = format ?? this.backing.format;
    if (wanted === null) throw new TypeError('format: this frame has no named format, give one');
    return wanted;
  }
}

function microseconds(field: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError(`${field}: expected microseconds as a number, got ${String(value)}`);
  }
  return Math.trunc(value);
}

function bufferBacking(data: Uint8Array, init: VideoFrameBufferInit): BufferBacking {
  const { format, codedWidth, codedHeight } = init;
  if (!videoPixelFormats.includes(format)) {
    throw new TypeError(
      `format: expected one of ${videoPixelFormats.join(', ')}, got ${String(format)}`,
    );
  }
  for (const [field, value] of Object.entries({ codedWidth, codedHeight })) {
    if (!Number.isInteger(value) || value < 1 || value > 16_384) {
      throw new TypeError(`${field}: expected an integer from 1 to 16384, got ${String(value)}`);
    }
  }
  const needed = pictureByteLength(format, codedWidth, codedHeight);
  if (data.byteLength < needed) {
    throw new TypeError(
      `data: ${format} at ${codedWidth}x${codedHeight} needs ${needed} bytes, got ${data.byteLength}`,
    );
  }
  const bytes = Buffer.from(data.buffer, data.byteOffset, needed);
  return new BufferBacking(bytes, format, codedWidth, codedHeight);
}
