import { AudioVideoStreamHandler, StreamHandler } from '../handlers/stream-handler.js';
import { VideoStreamHandler } from '../handlers/video-stream-handler.js';
import type { HandlerDescription } from './protocol.js';

/** Anything that can be called. */
export type Callable = (...args: unknown[]) => unknown;

/** The handler that a module exports. */
export type LoadedHandler = StreamHandler | VideoStreamHandler | Callable;

const generators = new Set(['GeneratorFunction', 'AsyncGeneratorFunction']);

/**
 * Picks the handler out of a module: `default`, or `handler`; a class is made without arguments.
 *
 * @throws {TypeError} when there is none.
 */
export function findHandler(exports: Record<string, unknown>): LoadedHandler {
  const found = exports['default'] ?? exports['handler'];
  const made = isHandlerClass(found) ? new found() : found;
  if (
    made instanceof StreamHandler ||
    made instanceof VideoStreamHandler ||
    typeof made === 'function'
  ) {
    return made as LoadedHandler;
  }
  const got = found === undefined ? 'neither' : typeof found;
  throw new TypeError(`expected a handler as export "default" or "handler", got ${got}`);
}

/** What the other side must know of it to behave like it. */
export function describeHandler(handler: LoadedHandler): HandlerDescription {
  if (handler instanceof StreamHandler) {
    const { expectedLayout, inputSampleRate, inputFrameSize, outputSampleRate, fps } = handler;
    return {
      kind: handler instanceof AudioVideoStreamHandler ? 'audio-video' : 'stream',
      options: { expectedLayout, inputSampleRate, inputFrameSize, outputSampleRate, fps },
      triggers: typeof handler.triggerResponse === 'function',
    };
  }
  const { callable, options } =
    handler instanceof VideoStreamHandler
      ? {
          callable: handler.callable,
          options: { fps: handler.fps, skipFrames: handler.skipFrames },
        }
      : { callable: handler, options: {} };
  const kind = generators.has(callable.constructor.name) ? 'generator' : 'function';
  return { kind, parameters: callable.length, options };
}

/** What is called for pictures. */
export function callableOf(handler: LoadedHandler): Callable {
  if (handler instanceof StreamHandler) {
    throw new TypeError(`${handler.constructor.name} is no function`);
  }
  return (handler instanceof VideoStreamHandler ? handler.callable : handler) as Callable;
}

function isHandlerClass(value: unknown): value is new () => StreamHandler {
  return typeof value === 'function' && value.prototype instanceof StreamHandler;
}
