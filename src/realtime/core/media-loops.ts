import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import { GeneratorEmitter } from '../handlers/generator-emitter.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';
import type { AudioVideoStreamHandler, StreamHandler } from '../handlers/stream-handler.js';
import { AudioEmitter } from './audio-emitter.js';
import { AudioReceiver } from './audio-receiver.js';
import type { HandlerPlan } from './handler-plan.js';
import type { LoopHost } from './loop-host.js';
import { VideoEditor } from './video-editor.js';
import { VideoEmitter } from './video-emitter.js';
import { VideoReceiver } from './video-receiver.js';

/** All that runs between a client's media and its handler. */
export interface MediaLoops {
  /** Begins. */
  start(): void;
  /** Takes sound; absent when the handler hears none. */
  hear?(frame: AudioData): void;
  /** Takes a picture over; absent when the handler sees none. */
  see?(frame: VideoFrame): void;
  /** There is something new for the handler. */
  wake(): void;
  /** Sound on its way out; absent when the handler does not speak. */
  readonly speech?: AudioEmitter;
  /** Ends; what waits is closed. Resolves when the handler's generators have cleaned up. Rejects as they do. */
  close(): Promise<void>;
  /** The last step, after `shutdown`: closes what the handler kept. */
  closeGiven(): void;
}

const nothing = (): void => undefined;

/** Loops contain what handlers do; what still comes out is ours, and must not end the process. */
function go(run: Promise<void>, host: LoopHost): void {
  run.catch((error: unknown) => host.fault('', error));
}

/** The loops for a plan. `handler` is the connection's own; `null` for functions. */
export function createMediaLoops(
  plan: HandlerPlan,
  handler: StreamHandler | null,
  host: LoopHost,
  connection: HandlerConnection,
  takes: boolean,
): MediaLoops {
  switch (plan.kind) {
    case 'audio':
      return audioLoops(handler as StreamHandler, host, takes);
    case 'audio-video':
      return audioVideoLoops(handler as AudioVideoStreamHandler, host, takes);
    case 'video-function': {
      const editor = new VideoEditor(plan.edit, plan.skipFrames, host);
      return {
        start: () => go(editor.run(), host),
        see: (frame) => editor.push(frame),
        wake: nothing,
        close: async () => editor.close(),
        closeGiven: nothing,
      };
    }
    case 'video-generator': {
      const generator = new GeneratorEmitter(plan.generator, connection);
      const emit = (): unknown => generator.emit();
      const emitter = new VideoEmitter({ emit, method: '', fps: plan.fps, host });
      return {
        start: () => go(emitter.run(), host),
        wake: nothing,
        close: async () => {
          emitter.close();
          await host.calls.run('', () => generator.close());
        },
        closeGiven: nothing,
      };
    }
  }
}

function audioLoops(
  handler: StreamHandler,
  host: LoopHost,
  takes: boolean,
): MediaLoops & { readonly speech: AudioEmitter } {
  const speech = new AudioEmitter(handler, host);
  const receiver = new AudioReceiver(handler, host, speech);
  return {
    speech,
    start: () => {
      receiver.start();
      speech.start();
    },
    ...(takes ? { hear: (frame: AudioData): void => receiver.push(frame) } : {}),
    wake: () => speech.wake(),
    close: async () => {
      receiver.close();
      speech.close();
    },
    closeGiven: nothing,
  };
}

function audioVideoLoops(
  handler: AudioVideoStreamHandler,
  host: LoopHost,
  takes: boolean,
): MediaLoops {
  const audio = audioLoops(handler, host, takes);
  const emit = (): unknown => handler.videoEmit();
  const emitter = new VideoEmitter({ emit, method: 'videoEmit', fps: handler.fps, host });
  const receiver = new VideoReceiver(handler, host, () => emitter.wake());
  return {
    ...audio,
    start: () => {
      audio.start();
      go(receiver.run(), host);
      go(emitter.run(), host);
    },
    ...(takes ? { see: (frame: VideoFrame): void => receiver.push(frame) } : {}),
    close: async () => {
      emitter.close();
      receiver.close();
      await audio.close();
    },
    closeGiven: () => receiver.closeGiven(),
  };
}
