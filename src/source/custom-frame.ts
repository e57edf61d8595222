import type { Sharp } from 'sharp';
import { planeSizes, videoPixelFormats } from '../media/pixel-format.js';
import type { VideoPixelFormat } from '../media/pixel-format.js';
import { VideoFrame } from '../media/video-frame.js';

/** Formats of raw pixels that come with a number of channels only, as sharp's do. */
const formatOfChannels: Record<number, VideoPixelFormat> = { 1: 'GRAY8', 3: 'RGB', 4: 'RGBA' };

/** Other words for our formats, from OpenCV, FFmpeg and W3C. */
const otherNames: Record<string, VideoPixelFormat> = {
  GRAY: 'GRAY8',
  GREY: 'GRAY8',
  GRAYSCALE: 'GRAY8',
  RGB24: 'RGB',
  BGR24: 'BGR',
  RGBX: 'RGBA',
  BGRX: 'BGRA',
  YUV420P: 'I420',
};

/**
 * What a user's source delivered, as a `VideoFrame`: itself, a sharp image, or raw pixels
 * `{ data, format | channels, codedWidth | width, codedHeight | height, timestamp? }` (also sharp's
 * `{ data, info }`).
 *
 * @param timestamp - µs, for what carries no time of its own; also asked for one that does.
 * @throws {TypeError} naming the field that is wrong.
 */
export async function customFrame(
  value: unknown,
  timestamp: (stated: number | null) => number,
): Promise<VideoFrame> {
  if (value instanceof VideoFrame) return placedFrame(value, timestamp(value.timestamp));
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(
      `frame: ${expected}, got ${value === undefined ? 'nothing' : typeof value}`,
    );
  }
  if (isSharp(value)) return VideoFrame.fromSharp(value, { timestamp: timestamp(null) });
  if (value instanceof Uint8Array) {
    throw new TypeError('frame: bytes alone have no size; give { data, format, width, height }');
  }
  if (!('data' in value)) {
    throw new TypeError(`frame: ${expected}, got an object with ${listKeys(value)}`);
  }
  return rawFrame(value, timestamp);
}

const expected =
  'expected a VideoFrame, a sharp image or { data, format, width, height }, or null at the end';

interface RawFrame {
  data: unknown;
  info?: Partial<RawFrame>;
  format?: unknown;
  channels?: unknown;
  codedWidth?: unknown;
  codedHeight?: unknown;
  width?: unknown;
  height?: unknown;
  timestamp?: unknown;
}

function rawFrame(raw: RawFrame, timestamp: (stated: number | null) => number): VideoFrame {
  const { data } = raw;
  if (!(data instanceof Uint8Array) && !(data instanceof Uint8ClampedArray)) {
    throw new TypeError(`frame.data: expected a Buffer or Uint8Array, got ${typeof data}`);
  }
  const shape = { ...raw.info, ...raw };
  const codedWidth = size('width', shape.codedWidth ?? shape.width);
  const codedHeight = size('height', shape.codedHeight ?? shape.height);
  const format = formatOf(shape);
  const needed = planeSizes(format, codedWidth, codedHeight).reduce(
    (sum, { rowBytes, rows }) => sum + rowBytes * rows,
    0,
  );
  if (data.byteLength !== needed) {
    throw new TypeError(
      `frame.data: ${format} at ${codedWidth}x${codedHeight} is ${needed} bytes, got ${data.byteLength}`,
    );
  }
  const stated = shape.timestamp;
  if (stated !== undefined && stated !== null && !Number.isFinite(stated)) {
    throw new TypeError(`frame.timestamp: expected microseconds, got ${typeof stated}`);
  }
  return VideoFrame.fromBuffer(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), {
    format,
    codedWidth,
    codedHeight,
    timestamp: timestamp((stated as number | null | undefined) ?? null),
  });
}

/** sharp's own `info.format` is `raw`: then the channels tell. */
function formatOf({ format, channels }: Partial<RawFrame>): VideoPixelFormat {
  if (format !== undefined && format !== 'raw') {
    const name = typeof format === 'string' ? format.toUpperCase() : '';
    const known = videoPixelFormats.find((known) => known === name) ?? otherNames[name];
    if (known !== undefined) return known;
    throw new TypeError(
      `frame.format: expected one of ${videoPixelFormats.join(', ')}, got ${JSON.stringify(format)}`,
    );
  }
  const known = typeof channels === 'number' ? formatOfChannels[channels] : undefined;
  if (known !== undefined) return known;
  throw new TypeError(
    channels === undefined
      ? `frame.format: expected one of ${videoPixelFormats.join(', ')}, got nothing`
      : `frame.channels: expected 1, 3 or 4, got ${JSON.stringify(channels)}`,
  );
}

function size(field: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 16_384) {
    return value;
  }
  throw new TypeError(`frame.${field}: expected pixels from 1 to 16384, got ${String(value)}`);
}

function placedFrame(frame: VideoFrame, timestamp: number): VideoFrame {
  if (frame.closed) throw new TypeError('frame: this VideoFrame is closed');
  if (timestamp === frame.timestamp) return frame;
  const placed = frame.clone({ timestamp });
  frame.close();
  return placed;
}

/** By its methods, not its class: a user's project may have a sharp of its own. */
function isSharp(value: object): value is Sharp {
  const image = value as Partial<Sharp>;
  return (['raw', 'toBuffer', 'toColourspace', 'metadata'] as const).every(
    (method) => typeof image[method] === 'function',
  );
}

function listKeys(value: object): string {
  const keys = Object.keys(value).slice(0, 8);
  return keys.length === 0 ? 'no fields' : keys.join(', ');
}
