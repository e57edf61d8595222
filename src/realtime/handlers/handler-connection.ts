import type { IncomingHttpHeaders } from 'node:http';
import type { AdditionalOutputs } from './outputs.js';

/** How a client is connected. */
export type TransportName = 'webrtc' | 'websocket' | 'telephone';

/** Who a handler is at work for; what `getCurrentContext()` gives. */
export interface ConnectionContext {
  /** The id: `webrtc_id`, `websocket_id`, or Twilio's `streamSid`. */
  readonly webrtcId: string;
  /** How the client is connected. */
  readonly transport: TransportName;
  /** Headers of the request that made the connection. */
  readonly headers: IncomingHttpHeaders;
  /** What the offer or `start` event carried beside its known fields; Twilio's `customParameters`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Aborts when the connection ends. */
  readonly signal: AbortSignal;
}

/** How long something is waited for. */
export interface WaitOptions {
  /** Gives up after so long. Default 60,000; `Infinity` waits to the end of the connection. */
  timeoutMs?: number;
  /** Gives up, and rejects with its reason. */
  signal?: AbortSignal;
}

/** A connection as its handler sees it. */
export interface HandlerConnection {
  /** Who is connected. */
  readonly context: ConnectionContext;
  /** True when the client is a telephone: nobody can answer `send_input` there. */
  readonly phoneMode: boolean;
  /** The newest inputs, from `setInput()` or `/input_hook`; `null` before the first. */
  readonly latestArgs: readonly unknown[] | null;
  /**
   * Sends text verbatim, or a value as JSON, over the data channel or socket. What is sent before the channel is open waits
   * for it, 64 messages at most, the oldest left out. Never throws for a connection that has ended.
   *
   * @throws {TypeError} when `message` cannot be written as JSON.
   */
  sendMessage(message: string | object): void;
  /**
   * Asks the client for inputs (`send_input`) and waits for the next that come. On a telephone resolves at once with
   * the newest, or none.
   *
   * @throws {WebRTCError} after `timeoutMs`; `signal.reason` when aborted or when the connection ends.
   */
  waitForArgs(options?: WaitOptions): Promise<readonly unknown[]>;
  /** Hands values to the readers of the outputs, and tells the client (`fetch_output`). */
  addOutput(outputs: AdditionalOutputs): void;
  /**
   * Throws away sound that was emitted and not heard yet: here, in the browser, on the telephone. An `emit()` under
   * way has what it gives thrown away as well.
   */
  clearQueue(): void;
  /** Milliseconds of emitted sound that have not been sent yet. */
  readonly queuedAudioMs: number;
  /** Ends the connection as {@link CloseStream} does. */
  close(message?: string): void;
}
