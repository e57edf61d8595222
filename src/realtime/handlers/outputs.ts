import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';

/**
 * Values for whoever reads the connection's outputs: `/outputs`, `Stream.outputStream()`. Returned or yielded by a
 * handler, alone or beside a frame.
 */
export class AdditionalOutputs {
  /** The values, in order; written as JSON where they leave the process. */
  readonly args: readonly unknown[];

  constructor(...args: unknown[]) {
    this.args = args;
  }
}

/** Returned or yielded by a handler to end the connection: the client gets `end_stream` with the message. */
export class CloseStream {
  /** Shown to the visitor. */
  readonly message: string;

  /** @param message - Default `Stream closed`. */
  constructor(message = 'Stream closed') {
    this.message = message;
  }
}

/** What a handler may give: a frame, outputs, the end, or both of them; `null` and `undefined` are nothing. */
export type HandlerOutput<Frame> =
  | Frame
  | AdditionalOutputs
  | CloseStream
  | readonly [Frame, AdditionalOutputs | CloseStream]
  | null
  | undefined
  | void;

/** What an audio handler may give. */
export type AudioOutput = HandlerOutput<AudioData>;

/** What a video handler may give. Frames given are the connection's, which closes them. */
export type VideoOutput = HandlerOutput<VideoFrame>;
