import { InvalidStateError } from '../../errors.js';
import { silentLogger } from '../../logger.js';
import type { Logger } from '../../logger.js';
import type { ConnectionRequest, MediaConnection, StreamPort } from '../core/stream-port.js';
import type { EndReason, TransportLink } from '../core/transport-link.js';
import { WebRTCError } from '../handlers/webrtc-error.js';
import { Backlog } from './backlog.js';
import type { MessageSocket } from './message-socket.js';
import { ProtocolError } from './protocol-error.js';
import { RefusedStartError, refusalOf } from './refusal.js';
import type { Refusal } from './refusal.js';
import { SocketPipe } from './socket-pipe.js';
import type { PipeOptions } from './socket-pipe.js';

/** How a socket is served. */
export interface SocketSessionOptions extends PipeOptions {
  /** Takes a line for what is wrong with a socket. Default: none. */
  logger?: Logger;
  /** A socket that does not say `start` for so long is closed. Default 10,000. */
  startTimeoutMs?: number;
}

/** A socket being served, from its first message to its end. */
export interface AcceptedSocket {
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  /**
   * Ends it, and its connection if it has one; for a server that stops.
   *
   * @param reason - Default `server-closed`.
   */
  close(reason?: EndReason): Promise<void>;
}

/** What is the same for all sockets: waiting for `start`, taking a place, handing messages in order, the end. */
export abstract class SocketSession implements AcceptedSocket {
  protected readonly port: StreamPort;
  protected readonly pipe: SocketPipe;
  protected readonly logger: Logger;
  readonly #startTimer: NodeJS.Timeout;
  readonly #backlog: Backlog = new Backlog();
  #joining = false;
  #connection: MediaConnection | null = null;

  constructor(port: StreamPort, socket: MessageSocket, options: SocketSessionOptions) {
    const { startTimeoutMs = 10_000 } = options;
    this.port = port;
    this.logger = options.logger ?? silentLogger;
    this.#startTimer = setTimeout(() => {
      this.#fail(new ProtocolError('start-timeout', `No "start" came within ${startTimeoutMs} ms`));
    }, startTimeoutMs);
    this.#startTimer.unref();
    this.pipe = new SocketPipe(
      socket,
      {
        message: (data) => {
          this.#attempt(() => {
            if (this.#joining) this.#backlog.add(data);
            else this.handle(data);
          });
        },
        closing: (reason) => {
          this.#end(reason);
        },
      },
      options,
    );
  }

  /** Begins to read the socket; called once, by whoever made the session. */
  listen(): void {
    this.pipe.listen();
  }

  get closed(): Promise<void> {
    return this.pipe.closed;
  }

  close(reason: EndReason = 'server-closed'): Promise<void> {
    return this.pipe.close(1001, reason, reason);
  }

  /** The connection, once it has a place and until the end. */
  protected get connection(): MediaConnection | null {
    return this.#connection;
  }

  /** Takes a message, in order. What it throws ends the socket. */
  protected abstract handle(data: string | Buffer): void;

  /** Tells the client what is wrong, before its socket is closed. */
  protected abstract tellError(text: string): void;

  /** Tells the client that it gets no place, before its socket is closed. */
  protected abstract tellRefusal(refusal: Refusal): void;

  /**
   * Takes a place and makes the connection. Messages that come meanwhile wait.
   *
   * @param makeLink - Called once there is a place.
   * @param joined - Called before anything of the handler runs.
   */
  protected join(
    request: ConnectionRequest,
    makeLink: () => TransportLink,
    joined: (connection: MediaConnection) => void,
  ): void {
    clearTimeout(this.#startTimer);
    this.#joining = true;
    void this.#join(request, makeLink, joined).catch((error: unknown) => {
      this.#fail(error instanceof InvalidStateError ? closedMeanwhile() : error);
    });
  }

  async #join(
    request: ConnectionRequest,
    makeLink: () => TransportLink,
    joined: (connection: MediaConnection) => void,
  ): Promise<void> {
    const slot = await this.port.reserve(request);
    if (this.pipe.closing) {
      slot.release();
      return;
    }
    try {
      this.#connection = slot.attach(makeLink());
    } catch (error) {
      slot.release();
      throw error;
    }
    this.#joining = false;
    joined(this.#connection);
    this.#connection.start();
    for (const data of this.#backlog.take()) {
      if (this.pipe.closing) return;
      this.#attempt(() => {
        this.handle(data);
      });
    }
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.pipe.closing) return;
    const refusal = refusalOf(error);
    if (refusal !== null) {
      this.tellRefusal(refusal);
      void this.pipe.close(1000, refusal.error, 'refused');
      return;
    }
    if (error instanceof ProtocolError) {
      this.logger.debug({ err: error }, 'a socket broke the protocol');
      this.tellError(error.message);
      void this.pipe.close(error.closeCode, error.message, 'protocol-error');
      return;
    }
    this.logger.error({ err: error }, 'a socket failed');
    // What a handler throws as it is copied is meant for the visitor.
    this.tellError(error instanceof WebRTCError ? error.message : 'Internal error');
    void this.pipe.close(1011, 'internal error', 'transport-error');
  }

  #end(reason: EndReason): void {
    clearTimeout(this.#startTimer);
    this.#backlog.take();
    const { droppedSounds } = this.pipe;
    if (droppedSounds > 0) {
      this.logger.debug(
        { droppedSounds },
        'sound was left out: the client did not read it in time',
      );
    }
    void this.#connection?.close(reason);
  }
}

function closedMeanwhile(): RefusedStartError {
  return new RefusedStartError('stream_closed', 'The stream has closed');
}
