import { videoCodecNames } from '../media/encoded-video-chunk.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';

/** Whether an encoder should be looked for in hardware. */
export type HardwareAcceleration = 'no-preference' | 'prefer-hardware' | 'prefer-software';

/** Every {@link HardwareAcceleration}. */
export const hardwareAccelerations: readonly HardwareAcceleration[] = [
  'no-preference',
  'prefer-hardware',
  'prefer-software',
];

/** The least width and height of an AV1 picture, in pixels: SVT-AV1 takes nothing smaller. */
export const leastAv1Side: number = 64;

/** What a `VideoEncoder` makes; after W3C WebCodecs. */
export interface VideoEncoderConfig {
  /** Codec of the chunks. */
  codec: VideoCodecName;
  /** Pixels in a row of the frames to come, 1 to 16384; for AV1 64 at least, both ways. An odd size loses its last column. */
  width: number;
  /** Rows of the frames to come, 1 to 16384. An odd size loses its last row. */
  height: number;
  /** Bits per second to aim for, 10,000 to 1,000,000,000. */
  bitrate: number;
  /** Frames per second to plan for, above 0, at most 1000; the frames' own times are what counts. */
  framerate: number;
  /** `no-preference` is software today: it starts everywhere, and at once. */
  hardwareAcceleration: HardwareAcceleration;
}

/** @throws {TypeError} or {RangeError} naming the field and what was got. */
export function checkEncoderConfig(config: VideoEncoderConfig): void {
  if (typeof config !== 'object' || config === null) {
    throw new TypeError(`config: expected an object, got ${String(config)}`);
  }
  checkChoice('codec', config.codec, videoCodecNames);
  checkChoice('hardwareAcceleration', config.hardwareAcceleration, hardwareAccelerations);
  checkInteger('width', config.width, 1, 16_384);
  checkInteger('height', config.height, 1, 16_384);
  if (config.codec === 'av1' && Math.min(config.width, config.height) < leastAv1Side) {
    throw new RangeError(
      `width, height: AV1 pictures need ${leastAv1Side}x${leastAv1Side} pixels at least, got ${config.width}x${config.height}`,
    );
  }
  checkBitrate(config.bitrate);
  checkNumber('framerate', config.framerate);
  if (!(config.framerate > 0 && config.framerate <= 1000)) {
    throw new RangeError(`framerate: expected above 0 and at most 1000, got ${config.framerate}`);
  }
}

/** @throws {TypeError} or {RangeError} when it is no integer from 10,000 to 1,000,000,000. */
export function checkBitrate(bitrate: number): void {
  checkInteger('bitrate', bitrate, 10_000, 1_000_000_000);
}

function checkChoice(field: string, value: unknown, choices: readonly string[]): void {
  if (typeof value !== 'string' || !choices.includes(value)) {
    throw new TypeError(`${field}: expected one of ${choices.join(', ')}, got ${String(value)}`);
  }
}

function checkNumber(field: string, value: unknown): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${field}: expected a number, got ${String(value)}`);
  }
}

function checkInteger(field: string, value: unknown, min: number, max: number): void {
  checkNumber(field, value);
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new RangeError(
      `${field}: expected an integer from ${min} to ${max}, got ${String(value)}`,
    );
  }
}
