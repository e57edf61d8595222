import type { AudioData } from './audio-data.js';
import type { VideoFrame } from './video-frame.js';

/** What is known of a stream's pictures once its source has started. */
export interface StreamInfo {
  /** Name of the stream, as the page shows it. */
  name: string;
  /** The source as a person would name it, without credentials. */
  source: string;
  /** Pixels in a row of the source's pictures. */
  codedWidth: number;
  /** Rows of the source's pictures. */
  codedHeight: number;
  /** Pictures per second that the source states; `null` when it does not say. */
  framerate: number | null;
  /** True for cameras and live URLs, false for what has an end and its own clock. */
  live: boolean;
}

/**
 * Where sound comes from, beside a source of pictures: with `audioSource`, or as a {@link FrameSource}'s own `audio`.
 * What fails here never stops the pictures.
 */
export interface AudioSource {
  /**
   * Opens the device or connection; called once, before the first `read()`.
   *
   * @param options.signal - Aborts when the stream is closed meanwhile.
   */
  start?(options: { signal: AbortSignal }): void | Promise<void>;
  /**
   * The next piece, of any length, rate, layout and format; `null` at the end. One that keeps time itself, as a
   * microphone does, resolves when its piece is complete; any other may resolve at once: it is read as fast as the
   * sound is played. Pieces follow each other without a gap, unless their timestamps (µs) leave one.
   */
  read(): AudioData | null | Promise<AudioData | null>;
  /** Lets go of everything; called once, also after a failed start. */
  stop(): void | Promise<void>;
}

/** An {@link AudioSource}, or anything that gives pieces of sound one after another. */
export type AudioSourceValue = AudioSource | AsyncIterable<AudioData> | Iterable<AudioData>;

/**
 * Where pictures come from. The contract of WebGear_RTC's `custom_stream` (`read`, `stop`) with an
 * optional `start`.
 */
export interface FrameSource {
  /**
   * Opens the device or connection; called once, before the first `read()`.
   *
   * @param options.signal - Aborts when the stream is closed meanwhile.
   * @throws {SourceError} with `retryable` set when another try may help.
   */
  start?(options: { signal: AbortSignal }): void | Promise<void>;
  /**
   * The next picture, or `null` at the end. The caller owns the frame and closes it.
   */
  read(): VideoFrame | null | Promise<VideoFrame | null>;
  /** Lets go of everything; called once, also after a failed start. */
  stop(): void | Promise<void>;
  /** The sound that belongs to the pictures. Default: none. */
  readonly audio?: AudioSourceValue;
}

/** What a transform is told with every frame. */
export interface TransformContext {
  /** The stream's pictures as the source delivers them. */
  readonly info: StreamInfo;
  /** Frames this stream has handed to its transforms so far; the first frame is 0. */
  readonly frameNumber: number;
  /** Frames per second measured over the last two seconds or so; 0 before the second frame. */
  readonly frameRate: number;
  /**
   * Sends a JSON value to every viewer over its data channel. Viewers without one, or whose channel
   * is full, miss it; nothing queues without bound.
   *
   * @throws {TypeError} when `message` cannot be written as JSON.
   */
  send(message: unknown): void;
}

/** What a transform is told with every piece of sound. */
export type AudioTransformContext = Pick<TransformContext, 'info' | 'send'>;

/** Edits pictures, and sound if it likes, on their way to the encoder. One for sound alone is an {@link AudioTransform}. */
export interface FrameTransform {
  /** Called once before the first frame, and again when the source's picture size changes. */
  start?(info: StreamInfo): void | Promise<void>;
  /**
   * One frame in, one frame or nothing out. The transform owns the frame it is given: it returns it,
   * or returns another, or `null` to drop it; a frame it does not return is closed for it (keep one with
   * `clone()`). A new frame's `timestamp` is replaced
   * by that of the frame it was made from.
   */
  transform(
    frame: VideoFrame,
    context: TransformContext,
  ): VideoFrame | null | Promise<VideoFrame | null>;
  /**
   * One piece of sound in, one or nothing (silence) out; of any length, rate and layout, usually 10 to 100 ms. What it
   * returns takes the place of what it was given; its `timestamp` (µs, on the clock of the frames) is replaced. Runs
   * beside `transform()`: the two may be under way at the same time.
   */
  transformAudio?(
    audio: AudioData,
    context: AudioTransformContext,
  ): AudioData | null | Promise<AudioData | null>;
  /** Called once at the end, also after a failed start. */
  stop?(): void | Promise<void>;
}

/**
 * Edits sound alone. Pictures do not pass it, and are treated as if it were not there: what the source has compressed
 * already may go out as it is.
 */
export interface AudioTransform {
  /** As {@link FrameTransform.start}; the sound's shape is told by its pieces. */
  start?(info: StreamInfo): void | Promise<void>;
  /** As {@link FrameTransform.transformAudio}. */
  transformAudio(
    audio: AudioData,
    context: AudioTransformContext,
  ): AudioData | null | Promise<AudioData | null>;
  /** As {@link FrameTransform.stop}. */
  stop?(): void | Promise<void>;
  /** What has one is a {@link FrameTransform}. */
  transform?: undefined;
}

/** A transform as a bare function. */
export type TransformFunction = FrameTransform['transform'];
