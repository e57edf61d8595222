import type { ConnectionContext } from '../handlers/handler-connection.js';
import type { ChatMessage, StreamHandlerOptions } from '../handlers/stream-handler.js';
import type { VideoStreamHandlerOptions } from '../handlers/video-stream-handler.js';

import type { SentFrame } from './crossing.js';

/** What a handler module turned out to export. */
export type HandlerDescription =
  | {
      readonly kind: 'function' | 'generator';
      /** How many it needs: says whether it waits for inputs. */
      readonly parameters: number;
      readonly options: VideoStreamHandlerOptions;
    }
  | {
      readonly kind: 'stream' | 'audio-video';
      readonly options: Required<StreamHandlerOptions>;
      /** True when it can begin a reply by itself. */
      readonly triggers: boolean;
    };

/** A connection, told to the process that works for it. */
export interface BeginMessage {
  readonly context: Omit<ConnectionContext, 'signal'>;
  readonly latestArgs: readonly unknown[] | null;
}

/** Something for the handler to do, with what may have changed since. */
export interface WorkMessage {
  /** A frame, as `crossing.ts` sends it. */
  readonly frame?: SentFrame;
  /** Text or bytes of the client. */
  readonly message?: string | Uint8Array;
  readonly chat?: ChatMessage;
  /** Inputs of a function or generator. */
  readonly inputs?: readonly unknown[];
  /** Sound that waits to be heard, in ms. */
  readonly queuedAudioMs?: number;
}
