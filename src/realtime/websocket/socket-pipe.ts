import type { EndReason } from '../core/transport-link.js';
import { Heartbeat } from './heartbeat.js';
import type { MessageSocket } from './message-socket.js';

/** Bytes that may wait for the network; a client that reads less than it is sent is let go. */
const maxBuffered = 1024 * 1024;
/** So long without room for sound, and the client is let go. */
const congestedMs = 10_000;
/** How long the far end may take to answer a goodbye. */
const goodbyeMs = 1000;
/** Longest reason of a close frame: RFC 6455, 5.5. */
const maxReasonBytes = 123;

/** How a {@link SocketPipe} watches its far end. */
export interface PipeOptions {
  /** Between two pings. Default 5,000. */
  pingIntervalMs?: number;
  /** A far end that is silent so long is gone. Default 10,000. */
  silenceMs?: number;
}

/** What a {@link SocketPipe} tells. */
export interface PipeListener {
  /** A message; none after `closing`. */
  message(data: string | Buffer): void;
  /** The end has begun, on this side or that; once. */
  closing(reason: EndReason): void;
}

/** A socket with bounds: what waits for the network, how long its far end may be silent, how long a goodbye takes. */
export class SocketPipe {
  readonly #socket: MessageSocket;
  readonly #listener: PipeListener;
  readonly #heartbeat: Heartbeat;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  #gone!: () => void;
  #closing = false;
  #goodbye: NodeJS.Timeout | undefined;
  #congestedSince: number | null = null;
  #askers: Set<() => void> = new Set();
  #droppedSounds = 0;

  constructor(socket: MessageSocket, listener: PipeListener, options: PipeOptions = {}) {
    this.#socket = socket;
    this.#listener = listener;
    this.closed = new Promise((resolve) => {
      this.#gone = resolve;
    });
    this.#heartbeat = new Heartbeat({
      intervalMs: options.pingIntervalMs ?? 5000,
      silenceMs: options.silenceMs ?? 10_000,
      ping: () => {
        if (this.#hasRoom()) socket.ping();
      },
      lost: () => {
        this.#begin('peer-lost');
        socket.terminate();
      },
    });
  }

  /** Begins to take messages; those that have come already are taken before it returns. Called once. */
  listen(): void {
    this.#socket.listen({
      message: (data) => {
        this.#heard();
        if (!this.#closing) this.#listener.message(data);
      },
      pong: () => {
        this.#heard();
      },
      closed: (code) => {
        this.#begin(code === 1006 ? 'peer-lost' : 'peer-closed');
        clearTimeout(this.#goodbye);
        this.#gone();
      },
    });
  }

  /** True once the end has begun. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Bytes that wait for the network. */
  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  /** Pieces of sound that were left out because the client did not read. */
  get droppedSounds(): number {
    return this.#droppedSounds;
  }

  /** Sends a message; a client that has left a megabyte unread is let go instead. */
  send(data: string | Buffer): void {
    if (this.#closing || !this.#hasRoom()) return;
    this.#socket.send(data);
  }

  /**
   * Sends sound, which is left out while the client is behind.
   *
   * @param maxBytes - May wait for the network before it.
   */
  sendSound(data: string | Buffer, maxBytes: number): void {
    if (this.#closing) return;
    if (this.#socket.bufferedBytes <= maxBytes) {
      this.#congestedSince = null;
      this.#socket.send(data);
      return;
    }
    this.#droppedSounds += 1;
    const now = performance.now();
    this.#congestedSince ??= now;
    if (now - this.#congestedSince > congestedMs) this.#tooSlow();
  }

  /** Asks for a sign of life; false when none came within `timeoutMs`. */
  isAlive(timeoutMs: number): Promise<boolean> {
    if (this.#closing) return Promise.resolve(false);
    return new Promise((resolve) => {
      const answer = (): void => {
        clearTimeout(timer);
        this.#askers.delete(answer);
        resolve(!this.#closing);
      };
      const timer = setTimeout(() => {
        this.#askers.delete(answer);
        resolve(false);
      }, timeoutMs);
      this.#askers.add(answer);
      this.#socket.ping();
    });
  }

  /**
   * Says goodbye; a far end that does not answer within a second is dropped. Idempotent: the first call counts.
   *
   * @param code - Of the close frame.
   * @param text - For it; cut to what fits.
   * @param reason - For our side.
   */
  close(code: number, text: string, reason: EndReason): Promise<void> {
    if (!this.#closing) {
      this.#goodbye = setTimeout(() => {
        this.#socket.terminate();
      }, goodbyeMs);
      this.#begin(reason);
      this.#socket.close(code, cut(text));
    }
    return this.closed;
  }

  #begin(reason: EndReason): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#heartbeat.close();
    for (const answer of [...this.#askers]) answer();
    this.#listener.closing(reason);
  }

  #heard(): void {
    this.#heartbeat.heard();
    if (this.#askers.size > 0) for (const answer of [...this.#askers]) answer();
  }

  /** False when the client has left so much unread that it was let go. */
  #hasRoom(): boolean {
    if (this.#socket.bufferedBytes <= maxBuffered) return true;
    this.#tooSlow();
    return false;
  }

  #tooSlow(): void {
    void this.close(1008, 'too slow', 'too-slow');
  }
}

/** The beginning of `text` that fits into a close frame, in whole characters. */
function cut(text: string): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, maxReasonBytes), { stream: true });
}
