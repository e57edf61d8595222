import type { VideoFrame } from '../../media/video-frame.js';
import { checkNumber, checkObject, checkType } from '../../util/check-options.js';
import type { VideoOutput } from './outputs.js';

/**
 * Edits one picture: `(frame, ...inputs) => frame`. Owns the frame: returns it, or another. When it takes more parameters than the
 * frame, pictures go back untouched until the first inputs come.
 */
export type VideoFunction = (
  frame: VideoFrame,
  ...inputs: never[]
) => VideoOutput | Promise<VideoOutput>;

/** Makes pictures: `(...inputs) => generator`. When it takes parameters it begins with the first inputs. */
export type VideoGenerator = (
  ...inputs: never[]
) => Iterable<VideoOutput> | AsyncIterable<VideoOutput>;

/** How a {@link VideoStreamHandler} runs its function. */
export interface VideoStreamHandlerOptions {
  /** Pictures a second of a generator. Default 30. */
  fps?: number;
  /** True: a slow function gets the newest picture. False: pictures wait, four at most. Default `false`. */
  skipFrames?: boolean;
}

/** A function or generator for pictures, with its settings. */
export class VideoStreamHandler {
  /** What is run. */
  readonly callable: VideoFunction | VideoGenerator;
  /** Pictures a second of a generator. */
  readonly fps: number;
  /** Whether a slow function gets the newest picture only. */
  readonly skipFrames: boolean;

  /** @throws {TypeError} or {RangeError} naming the field. */
  constructor(callable: VideoFunction | VideoGenerator, options: VideoStreamHandlerOptions = {}) {
    checkType('callable', callable, 'function');
    checkObject('options', options);
    const { fps = 30, skipFrames = false } = options;
    checkNumber('fps', fps, (value) => value > 0 && value <= 240, 'above 0, up to 240');
    checkType('skipFrames', skipFrames, 'boolean');
    this.callable = callable;
    this.fps = fps;
    this.skipFrames = skipFrames;
  }
}
