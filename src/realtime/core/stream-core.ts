import type { IncomingHttpHeaders } from 'node:http';
import { InvalidStateError, StreamError } from '../../errors.js';
import { silentLogger } from '../../logger.js';
import type { Logger } from '../../logger.js';
import { TypedEmitter } from '../../util/typed-emitter.js';
import type { TransportName } from '../handlers/handler-connection.js';
import type { AdditionalOutputs } from '../handlers/outputs.js';
import type { StreamHandler } from '../handlers/stream-handler.js';
import { updateConnection } from '../wire.js';
import type { ConnectionState } from '../wire.js';
import { Connection } from './connection.js';
import type { ConnectionStats } from './connection-stats.js';
import { fetchNext } from './fetch-output.js';
import type { OutputEvent, OutputLog } from './output-log.js';
import { OutputReader } from './output-reader.js';
import { OutputStore } from './output-store.js';
import { ConnectionRegistry } from './registry.js';
import { readStreamOptions } from './stream-options.js';
import type {
  StreamCoreOptions,
  StreamModality,
  StreamMode,
  StreamSettings,
} from './stream-options.js';
import type { ConnectionRequest, ConnectionSlot, StreamPort } from './stream-port.js';
import type { EndReason, TransportLink } from './transport-link.js';

/** A connection, for lists. */
export interface ConnectionInfo {
  /** As the client chose it. */
  readonly id: string;
  /** How it is connected. */
  readonly transport: TransportName;
  /** When it was made. */
  readonly since: Date;
  /** True once media could flow. */
  readonly started: boolean;
  /** Headers of the request that made it. */
  readonly headers: IncomingHttpHeaders;
  /** What the offer or `start` event carried beside its known fields. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** A copy of its figures. */
  readonly stats: ConnectionStats;
}

/** Events of a `Stream`. */
export interface StreamCoreEvents {
  /** A connection was made; media cannot flow yet. */
  connection: [id: string, transport: TransportName];
  /** The end of a connection has begun. */
  disconnection: [id: string, reason: EndReason];
}

/** Where outputs are read from, and how long. */
export interface OutputStreamOptions {
  /** Ends the iteration. */
  signal?: AbortSignal;
  /** Begins with the outputs after this one. Default: with the oldest that is kept. */
  lastEventId?: number;
}

/** How long outputs are waited for. */
export interface FetchOutputOptions {
  /** Default 10,000. */
  timeoutMs?: number;
  /** Gives up, and rejects with its reason. */
  signal?: AbortSignal;
}

/** What `triggerResponse` answers, in FastRTC's words. */
export interface TriggerResult {
  /** Whether a reply begins. */
  readonly status: 'success' | 'failed';
  /** Why not. */
  readonly meta?: {
    /** There is no such connection, or its handler takes no turns. */
    readonly error: 'not_a_reply_on_pause' | 'unknown_connection';
  };
}

/** A handler and everybody who is connected to it, over whatever transport. */
export class StreamCore extends TypedEmitter<StreamCoreEvents> implements StreamPort {
  readonly #settings: StreamSettings;
  readonly #logger: Logger;
  readonly #outputs = new OutputStore();
  readonly #registry: ConnectionRegistry;
  /** Connections whose end has begun. */
  readonly #leaving = new Set<Connection>();
  #closing: Promise<void> | null = null;

  /** @throws {TypeError} or {RangeError} naming the option. */
  constructor(options: StreamCoreOptions) {
    super();
    this.#settings = readStreamOptions(options);
    this.#logger = options.logger ?? silentLogger;
    this.#registry = new ConnectionRegistry(
      this.#settings.concurrencyLimit,
      this.#outputs,
      (request, link, outputs, release) => this.#connect(request, link, outputs, release),
    );
  }

  get modality(): StreamModality {
    return this.#settings.modality;
  }

  get mode(): StreamMode {
    return this.#settings.mode;
  }

  get prototype(): StreamHandler | null {
    const { plan } = this.#settings;
    return 'prototype' in plan ? plan.prototype : null;
  }

  /** Most connections at a time; may be `Infinity`. */
  get limit(): number {
    return this.#settings.concurrencyLimit;
  }

  /** Places taken, also by those that are about to connect. */
  get connectionsCount(): number {
    return this.#registry.size;
  }

  /** Who is connected, in the order they came. */
  get connections(): ConnectionInfo[] {
    return this.#registry.connections.map(describeConnection);
  }

  /** True once the end has begun. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  reserve(request: ConnectionRequest): Promise<ConnectionSlot> {
    return this.#registry.reserve(request);
  }

  find(id: string): Connection | undefined {
    return this.#registry.find(id);
  }

  hasEnded(id: string): boolean {
    return !this.#registry.has(id) && this.#outputs.get(id)?.ended === true;
  }

  /** Gives a connection new inputs. False when there is none of that id. */
  setInput(id: string, ...args: unknown[]): boolean {
    const connection = this.find(id);
    connection?.setInput(args);
    return connection !== undefined;
  }

  /**
   * Reads the outputs of a connection; each reader gets all of them. At most 1,000 are kept, also for 30 s after
   * the connection's end, where the iteration ends.
   *
   * @throws {StreamError} `unknown_connection`, at once, when there is none of that id.
   */
  outputStream(id: string, options: OutputStreamOptions = {}): AsyncIterableIterator<OutputEvent> {
    const { signal, lastEventId = 0 } = options;
    const log = this.#log(id);
    // A number that was never given is of another life of the server.
    return new OutputReader(log, lastEventId > log.newest ? 0 : lastEventId, signal);
  }

  /**
   * The next outputs that this method has not given yet, waited for where there are none.
   *
   * @throws {StreamError} `unknown_connection`; `timeout`; `connection_closed` when it ends without any; `signal.reason`.
   */
  async fetchLatestOutput(
    id: string,
    options: FetchOutputOptions = {},
  ): Promise<AdditionalOutputs> {
    return fetchNext(id, this.#log(id), options.timeoutMs ?? 10_000, options.signal);
  }

  /** Has a handler that takes turns reply now, with new inputs if there are some. */
  triggerResponse(id: string, args?: readonly unknown[]): TriggerResult {
    const connection = this.find(id);
    if (connection === undefined) return failed('unknown_connection');
    if (args) connection.setInput(args);
    return connection.triggerResponse() ? { status: 'success' } : failed('not_a_reply_on_pause');
  }

  /** Sets the state that the client shows. False when there is no connection of that id. */
  updateConnection(id: string, state: ConnectionState): boolean {
    const connection = this.find(id);
    connection?.send(updateConnection(state));
    return connection !== undefined;
  }

  /** Ends all connections; resolves when all is done. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#registry.close();
    const connections = [...this.#registry.connections, ...this.#leaving];
    await Promise.all(connections.map((connection) => connection.close('server-closed')));
    this.#outputs.close();
    this.removeAllListeners();
  }

  #connect(
    request: ConnectionRequest,
    link: TransportLink,
    outputs: OutputLog,
    release: () => void,
  ): Connection {
    const { id, transport } = request;
    const logger = this.#logger.child({ connection: id });
    const onEnding = (reason: EndReason): void => {
      release();
      this.#leaving.add(connection);
      this.#outputs.end(id, outputs);
      logger.info({ reason }, `${id} has left: ${reason}`);
      this.#tell('disconnection', id, reason);
    };
    const settings = this.#settings;
    const connection = new Connection({ settings, request, link, outputs, logger, onEnding });
    void connection.ended.then(() => this.#leaving.delete(connection));
    logger.info({ transport }, `${id} is connecting over ${transport}`);
    this.#tell('connection', id, transport);
    return connection;
  }

  /** What listens is the user's, and may throw. */
  #tell<K extends keyof StreamCoreEvents>(event: K, ...args: StreamCoreEvents[K]): void {
    try {
      this.emit(event, ...args);
    } catch (err) {
      this.#logger.error({ err }, `a listener of ${event} failed`);
    }
  }

  #log(id: string): OutputLog {
    if (this.closed) throw new InvalidStateError('the stream is closed');
    const log = this.#outputs.get(id);
    if (log) return log;
    throw new StreamError(`there is no connection ${id}`, { code: 'unknown_connection' });
  }
}

function describeConnection(connection: Connection): ConnectionInfo {
  const { id, request, since, started, stats } = connection;
  const { transport, headers, fields } = request;
  return { id, transport, since, started, headers, fields, stats: structuredClone(stats) };
}

function failed(error: 'not_a_reply_on_pause' | 'unknown_connection'): TriggerResult {
  return { status: 'failed', meta: { error } };
}
