import type { Logger } from '../../logger.js';
import type { AudioGenerator } from '../handlers/audio-generator-handler.js';
import { describeValue } from '../handlers/describe-value.js';
import type { AudioVideoStreamHandler, StreamHandler } from '../handlers/stream-handler.js';
import type {
  VideoFunction,
  VideoGenerator,
  VideoStreamHandler,
} from '../handlers/video-stream-handler.js';
import { planHandler } from './handler-plan.js';
import type { HandlerPlan } from './handler-plan.js';

/** What goes between client and handler. */
export type StreamModality = 'video' | 'audio' | 'audio-video';

/** Which way it goes, named from the client's side. */
export type StreamMode = 'send-receive' | 'send' | 'receive';

/** What a stream runs for each connection. An `AudioVideoStreamHandler` is a `StreamHandler`. */
export type StreamHandlerInput =
  StreamHandler | VideoStreamHandler | VideoFunction | VideoGenerator | AudioGenerator;

/**
 * Handler, modality and mode that go together, for options that callers write: with it TypeScript tells wrong
 * combinations, and knows what `frame` is in `(frame) => frame`.
 */
export type HandlerChoice =
  PictureEditing | PictureMaking | SoundAnswering | SoundMaking | SoundAndPicture;

/** Pictures that are edited, or only looked at. */
export interface PictureEditing {
  /** Pictures; the default. */
  modality?: 'video';
  /** Default `send-receive`. */
  mode?: 'send-receive' | 'send';
  /** `(frame, ...inputs) => frame`. */
  handler: VideoFunction | VideoStreamHandler;
}

/** Pictures that are made. */
export interface PictureMaking {
  /** Pictures; the default. */
  modality?: 'video';
  /** The client only watches. */
  mode: 'receive';
  /** `(...inputs) => generator`. */
  handler: VideoGenerator | VideoStreamHandler;
}

/** Sound, by a class. */
export interface SoundAnswering {
  /** Sound. */
  modality: 'audio';
  /** Default `send-receive`; with `receive` the handler's `receive` is never called. */
  mode?: StreamMode;
  /** Each connection gets its own `copy()`. */
  handler: StreamHandler;
}

/** Sound that is made. */
export interface SoundMaking {
  /** Sound. */
  modality: 'audio';
  /** The client only listens. */
  mode: 'receive';
  /** `(...inputs) => generator`. */
  handler: AudioGenerator;
}

/** Sound and pictures. */
export interface SoundAndPicture {
  /** Both. */
  modality: 'audio-video';
  /** Default `send-receive`. */
  mode?: StreamMode;
  /** Each connection gets its own `copy()`. */
  handler: AudioVideoStreamHandler;
}

/** How a `StreamCore` works. */
export interface StreamCoreOptions {
  /** What is run; each connection has its own state. */
  handler: StreamHandlerInput;
  /** Default `video`. */
  modality?: StreamModality;
  /** Default `send-receive`. */
  mode?: StreamMode;
  /** Most connections at a time, over all transports. Default 1, also for `null` and `default`; `Infinity` is no limit. */
  concurrencyLimit?: number | 'default' | null;
  /** Ends a connection so long after it was made. Default: no limit. */
  timeLimitMs?: number | null;
  /** What becomes of a connection whose handler throws, after its client was told. Default `continue`. */
  onError?: 'continue' | 'close';
  /** Default: nothing is written. */
  logger?: Logger;
}

/** The options, checked and filled in. */
export interface StreamSettings {
  readonly plan: HandlerPlan;
  readonly modality: StreamModality;
  readonly mode: StreamMode;
  readonly concurrencyLimit: number;
  /** `null`: none. */
  readonly timeLimitMs: number | null;
  readonly onError: 'continue' | 'close';
}

/** The longest wait that a timer can do. */
const longestMs = 2_147_483_647;

/** @throws {TypeError} or {RangeError} naming the field and what was got. */
export function readStreamOptions(options: StreamCoreOptions): StreamSettings {
  const { handler, modality = 'video', mode = 'send-receive', onError = 'continue' } = options;
  oneOf('modality', modality, ['video', 'audio', 'audio-video']);
  oneOf('mode', mode, ['send-receive', 'send', 'receive']);
  oneOf('onError', onError, ['continue', 'close']);
  return {
    plan: planHandler(handler, modality, mode),
    modality,
    mode,
    onError,
    concurrencyLimit: readLimit(options.concurrencyLimit),
    timeLimitMs: readTimeLimit(options.timeLimitMs),
  };
}

function oneOf(field: string, value: unknown, choices: readonly string[]): void {
  if (typeof value === 'string' && choices.includes(value)) return;
  const got = typeof value === 'string' ? JSON.stringify(value) : describeValue(value);
  throw new TypeError(`${field}: expected ${choices.join(', ')}, got ${got}`);
}

function readLimit(value: StreamCoreOptions['concurrencyLimit']): number {
  if (value == null || value === 'default') return 1;
  if (typeof value !== 'number') {
    throw new TypeError(`concurrencyLimit: expected a number, got ${describeValue(value)}`);
  }
  if (value === Infinity || (Number.isInteger(value) && value > 0)) return value;
  throw new RangeError(`concurrencyLimit: expected an integer from 1 or Infinity, got ${value}`);
}

function readTimeLimit(value: number | null | undefined): number | null {
  if (value == null || value === Infinity) return null;
  if (typeof value !== 'number') {
    throw new TypeError(`timeLimitMs: expected a number, got ${describeValue(value)}`);
  }
  if (value > 0 && value <= longestMs) return value;
  throw new RangeError(`timeLimitMs: expected 1 to ${longestMs}, got ${value}`);
}
