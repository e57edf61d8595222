import { toNativeFrame, wrapNativeFrame } from '../../src/codec/native-frame.js';
import { installPixelConverter } from '../../src/codec/pixel-converter.js';
import type { Logger } from '../../src/logger.js';
import type { FrameTransform, StreamInfo, TransformContext } from '../../src/media/contracts.js';
import { pictureByteLength } from '../../src/media/pixel-format.js';
import type { VideoPixelFormat } from '../../src/media/pixel-format.js';
import { VideoFrame } from '../../src/media/video-frame.js';

installPixelConverter();

/** A stream of small pictures. */
export const info: StreamInfo = {
  name: 'test',
  source: 'test',
  codedWidth: 16,
  codedHeight: 8,
  framerate: 30,
  live: true,
};

/** What a transform is told with frame `frameNumber`; `sent` collects what it sends. */
export function contextOf(frameNumber: number = 0, sent: unknown[] = []): TransformContext {
  return { info, frameNumber, frameRate: 30, send: (message) => void sent.push(message) };
}

/** How {@link frameOf} makes a frame. */
export interface FrameShape {
  format?: VideoPixelFormat;
  width?: number;
  height?: number;
  timestamp?: number;
  /** In FFmpeg's memory. Default `false`: plain bytes. */
  native?: boolean;
  /** Bytes of the picture. Default: {@link patternBytes}. */
  pixels?: Buffer;
}

/** A frame with known bytes. */
export function frameOf(shape: FrameShape = {}): VideoFrame {
  const { format = 'I420', width = 16, height = 8, timestamp = 0, native = false } = shape;
  const pixels = shape.pixels ?? patternBytes(pictureByteLength(format, width, height));
  const times = { timestamp, duration: 33_333 };
  const init = { format, codedWidth: width, codedHeight: height, ...times };
  const plain = VideoFrame.fromBuffer(pixels, init);
  if (!native) return plain;
  return wrapNativeFrame(toNativeFrame(plain), times);
}

/** Bytes without a pattern that a mirror or a shift would not change; 16 to 235. */
function patternBytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => 16 + (((i * 37 + (i * i) / 7) % 219) | 0)));
}

/** A picture of one colour, red, green, blue. */
export function colorFrame(rgb: readonly number[], width = 4, height = 2): VideoFrame {
  const pixels = Buffer.from(Array.from({ length: width * height }, () => rgb).flat());
  return frameOf({ format: 'RGB', width, height, pixels });
}

/** Runs one frame through a transform that was not started; the frame that comes out is the caller's. */
export async function run(
  transform: FrameTransform,
  frame: VideoFrame,
  frameNumber: number = 0,
): Promise<VideoFrame> {
  const result = await transform.transform(frame, contextOf(frameNumber));
  if (result === null) throw new Error('the transform dropped the frame');
  return result;
}

/** Every format, in both kinds of memory, even and odd in size. */
export const allShapes: Required<Omit<FrameShape, 'pixels' | 'timestamp'>>[] = [
  ...(['I420', 'NV12', 'RGBA', 'BGRA', 'RGB', 'BGR', 'GRAY8'] as const),
].flatMap((format) =>
  [true, false].flatMap((native) =>
    [
      [64, 48],
      [101, 67],
    ].map(([width = 0, height = 0]) => ({ format, native, width, height })),
  ),
);

/** A logger that keeps what it is told, as `level: message`. */
export function recordingLogger(): Logger & { lines: string[]; fields: object[] } {
  const lines: string[] = [];
  const fields: object[] = [];
  const take = (level: string) => (first: object | string, message?: string) => {
    lines.push(`${level}: ${typeof first === 'string' ? first : message}`);
    fields.push(typeof first === 'string' ? {} : first);
  };
  const logger = {
    lines,
    fields,
    debug: take('debug'),
    info: take('info'),
    warn: take('warn'),
    error: take('error'),
    child: () => logger,
  };
  return logger;
}
