import type { AudioGenerator } from '../handlers/audio-generator-handler.js';
import { AudioGeneratorHandler } from '../handlers/audio-generator-handler.js';
import { describeValue } from '../handlers/describe-value.js';
import { AudioVideoStreamHandler, StreamHandler } from '../handlers/stream-handler.js';
import { VideoStreamHandler } from '../handlers/video-stream-handler.js';
import type { VideoFunction, VideoGenerator } from '../handlers/video-stream-handler.js';
import type { StreamHandlerInput, StreamModality, StreamMode } from './stream-options.js';

/** What a stream does for each connection. */
export type HandlerPlan =
  | { readonly kind: 'audio'; readonly prototype: StreamHandler }
  | { readonly kind: 'audio-video'; readonly prototype: AudioVideoStreamHandler }
  | {
      readonly kind: 'video-function';
      readonly edit: VideoFunction;
      readonly skipFrames: boolean;
    }
  | { readonly kind: 'video-generator'; readonly generator: VideoGenerator; readonly fps: number };

/** @throws {TypeError} when the handler is none for this modality and mode. */
export function planHandler(
  handler: StreamHandlerInput,
  modality: StreamModality,
  mode: StreamMode,
): HandlerPlan {
  switch (modality) {
    case 'video':
      return planVideo(handler, mode);
    case 'audio':
      return { kind: 'audio', prototype: audioPrototype(handler, mode) };
    case 'audio-video':
      if (handler instanceof AudioVideoStreamHandler) {
        return { kind: 'audio-video', prototype: handler };
      }
      throw unfit(handler, 'an AudioVideoStreamHandler', modality, mode);
  }
}

/** What logs call the handler: its class, or its function's name. */
export function handlerLabel(plan: HandlerPlan): string {
  switch (plan.kind) {
    case 'video-function':
      return plan.edit.name || 'handler';
    case 'video-generator':
      return plan.generator.name || 'handler';
    case 'audio':
    case 'audio-video':
      return plan.prototype.constructor.name || 'handler';
  }
}

function planVideo(handler: StreamHandlerInput, mode: StreamMode): HandlerPlan {
  const wrapped = handler instanceof VideoStreamHandler;
  const { fps, skipFrames } = wrapped ? handler : { fps: 30, skipFrames: false };
  const callable = wrapped ? handler.callable : handler;
  if (mode === 'receive') {
    if (typeof callable !== 'function') {
      throw unfit(handler, 'a generator function or VideoStreamHandler', 'video', mode);
    }
    return { kind: 'video-generator', generator: callable as VideoGenerator, fps };
  }
  if (typeof callable !== 'function' || isGeneratorFunction(callable)) {
    throw unfit(callable, 'a function or VideoStreamHandler', 'video', mode);
  }
  return { kind: 'video-function', edit: callable as VideoFunction, skipFrames };
}

function audioPrototype(handler: StreamHandlerInput, mode: StreamMode): StreamHandler {
  if (handler instanceof StreamHandler) return handler;
  if (mode === 'receive' && typeof handler === 'function') {
    return new AudioGeneratorHandler(handler as AudioGenerator);
  }
  const wanted = mode === 'receive' ? 'a StreamHandler or generator function' : 'a StreamHandler';
  throw unfit(handler, wanted, 'audio', mode);
}

function unfit(
  handler: unknown,
  wanted: string,
  modality: StreamModality,
  mode: StreamMode,
): TypeError {
  const got = isGeneratorFunction(handler) ? 'a generator function' : describeValue(handler);
  return new TypeError(
    `handler: expected ${wanted} for modality ${modality}, mode ${mode}, got ${got}`,
  );
}

/** Also told of bound ones, whose prototype is that of what was bound. */
function isGeneratorFunction(value: unknown): boolean {
  return /Generator/.test(Object.prototype.toString.call(value)) && typeof value === 'function';
}
