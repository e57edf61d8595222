import type { IncomingHttpHeaders } from 'node:http';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import type { TransportName } from '../handlers/handler-connection.js';
import type { AdditionalOutputs } from '../handlers/outputs.js';
import type { StreamHandler } from '../handlers/stream-handler.js';
import type { EndReason, TransportLink } from './transport-link.js';

/** Longest id, in characters; clients make theirs from 5 to 36. */
export const maxIdLength: number = 128;

/** Who wants to connect. */
export interface ConnectionRequest {
  /** Chosen by the client; 1 to 128 characters. */
  readonly id: string;
  /** How. */
  readonly transport: TransportName;
  /** Headers of the HTTP request. */
  readonly headers: IncomingHttpHeaders;
  /** Fields of the offer or `start` event beside the known ones. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A place in the registry, held while a transport is made. */
export interface ConnectionSlot {
  /**
   * Makes the connection: a copy of the handler, bound. The link is the connection's from now on. Nothing runs yet.
   *
   * @throws {InvalidStateError} when the stream has closed meanwhile, or the slot was used or released, and what the
   *   handler's `copy()` throws; the link is still the caller's then.
   */
  attach(link: TransportLink): MediaConnection;
  /** Gives the place back, if it was not taken. Idempotent. */
  release(): void;
}

/** A connection as its transport sees it. None of these throw; after the end they do nothing but close what they are given. */
export interface MediaConnection {
  /** As asked for. */
  readonly id: string;
  /** Its own handler; `null` for a plain function or generator for pictures. */
  readonly handler: StreamHandler | null;
  /** Media can flow: `startUp`, then the loops. Idempotent. */
  start(): void;
  /** Sound of the client, of any rate and layout. Only before the end of the queue's 10 s; the oldest goes. */
  receiveAudio(frame: AudioData): void;
  /** A picture of the client; taken over. */
  receiveVideo(frame: VideoFrame): void;
  /** Text or bytes of the client's channel or socket. */
  receiveMessage(message: string | Buffer): void;
  /** New inputs, as by `setInput()`: for transports whose clients send them over their socket. */
  setInput(args: readonly unknown[]): void;
  /** Reads the connection's outputs from now on, to its end or until `signal` aborts: a reader of its own, as `/outputs` gives. */
  readOutputs(signal?: AbortSignal): AsyncIterable<AdditionalOutputs>;
  /** Ends it: `shutdown`, queues, link, slot. Idempotent; resolves when all is done. */
  close(reason: EndReason): Promise<void>;
  /** True once the end has begun. */
  readonly closed: boolean;
  /** Resolves with the reason when all is done. */
  readonly ended: Promise<EndReason>;
}

/** What transports need of a stream. */
export interface StreamPort {
  /** What the client sends and gets. */
  readonly modality: 'video' | 'audio' | 'audio-video';
  /** Named from the client's side. */
  readonly mode: 'send-receive' | 'send' | 'receive';
  /** Given to `Stream`; for its rates. `null` when it is a function or generator. */
  readonly prototype: StreamHandler | null;
  /**
   * Takes a place, in FastRTC's order. Asks a connection of the same id whether it lives, and closes it if not.
   *
   * @throws {ConnectionRefusedError} with `code` `connection_already_exists` or `concurrency_limit_reached` (and `limit`).
   */
  reserve(request: ConnectionRequest): Promise<ConnectionSlot>;
  /** The connection of that id, while it lives. */
  find(id: string): MediaConnection | undefined;
  /** True when a connection of that id has ended not long ago. */
  hasEnded(id: string): boolean;
}
