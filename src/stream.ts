import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setFfmpegLogger } from './codec/ffmpeg-log.js';
import { checkRtcConfiguration } from './config/read-rtc-configuration.js';
import { readStreamOptions } from './config/read-stream-options.js';
import type { AnyStreamOptions, RtcConfiguration, StreamOptions } from './config/stream-options.js';
import { defaultTrackConstraints } from './config/track-constraints.js';
import { InvalidStateError, StreamError } from './errors.js';
import { createStreamApp } from './http/realtime/stream-app.js';
import type { StreamHost } from './http/realtime/stream-host.js';
import { StreamRoutes } from './http/realtime/stream-routes.js';
import type { MountTarget } from './http/realtime/stream-routes.js';
import type { AnyServer } from './http/realtime/upgrade/watch-upgrades.js';
import { stderrLogger } from './logger.js';
import type { Logger } from './logger.js';
import type { OutputEvent } from './realtime/core/output-log.js';
import { StreamCore } from './realtime/core/stream-core.js';
import type {
  ConnectionInfo,
  FetchOutputOptions,
  OutputStreamOptions,
  StreamCoreEvents,
  TriggerResult,
} from './realtime/core/stream-core.js';
import type { StreamModality, StreamMode } from './realtime/core/stream-options.js';
import type { AdditionalOutputs } from './realtime/handlers/outputs.js';
import { createOfferDesk } from './realtime/webrtc/create-offer-desk.js';
import type { OfferDesk } from './realtime/webrtc/offer-desk.js';
import type { OfferReply } from './realtime/webrtc/offer-reply.js';
import type { ConnectionState } from './realtime/wire.js';
import { HttpListener } from './server/http-listener.js';
import { readListenOptions } from './server/listen-options.js';
import { checkNames, checkObject } from './util/check-options.js';
import { show } from './util/show-value.js';
import { TypedEmitter } from './util/typed-emitter.js';
import type { ListeningAddress, ListenOptions } from './server.js';

/** What {@link Stream.mount} may be told beside the place. */
export interface MountOptions {
  /**
   * The HTTP server that will serve the application. Only needed where another library listens for `upgrade` on it and the
   * application is no Express application that the server itself was given, but a router, or called by a function of yours.
   */
  server?: AnyServer;
}

/**
 * Lets a handler receive what visitors' cameras and microphones, or their text, send, and answer with picture, sound and data: over
 * WebRTC, WebSockets and the telephone, in FastRTC's protocols. Whoever makes it closes it.
 */
export class Stream extends TypedEmitter<StreamCoreEvents> {
  /** What the page is called. */
  readonly title: string;
  readonly #options: AnyStreamOptions;
  readonly #logger: Logger;
  readonly #core: StreamCore;
  readonly #desk: OfferDesk;
  readonly #routes: StreamRoutes;
  readonly #stopping: AbortController = new AbortController();
  #listener: HttpListener | null = null;
  #listening = false;
  #closing: Promise<void> | null = null;

  /** @throws {TypeError} or {RangeError} naming the option and what was got. */
  constructor(options: StreamOptions) {
    super();
    const { routes, allowedOrigins, iceServers } = readStreamOptions(options);
    this.#options = { ...options };
    this.#logger = options.logger ?? stderrLogger;
    if (options.logger) setFfmpegLogger(options.logger);
    this.title = options.title ?? 'FrameGear';
    this.#core = new StreamCore({ ...given(options, coreFields), logger: this.#logger });
    this.#desk = createOfferDesk({
      ...given(options, peerFields),
      serverRtcConfiguration: { iceServers },
      port: this.#core,
      logger: this.#logger,
    });
    this.#routes = new StreamRoutes(
      this.#host(routes, {
        allowedOrigins,
        authorize: options.authorize ?? null,
        protectIds: options.protectIds ?? false,
      }),
    );
    this.#core.on('connection', (...args) => this.emit('connection', ...args));
    this.#core.on('disconnection', (...args) => this.emit('disconnection', ...args));
  }

  /** What goes between client and handler. */
  get modality(): StreamModality {
    return this.#core.modality;
  }

  /** Which way, seen from the client. */
  get mode(): StreamMode {
    return this.#core.mode;
  }

  /** Who is connected, over all transports, in the order they came. */
  get connections(): ConnectionInfo[] {
    return this.#core.connections;
  }

  /** True once `close()` was called. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /**
   * Address of the page on this machine, e.g. `http://localhost:8000/`.
   *
   * @throws {InvalidStateError} while it does not listen by itself.
   */
  get url(): string {
    if (this.#listener === null) throw new InvalidStateError('the stream does not listen');
    return this.#listener.url;
  }

  /**
   * Adds the routes to an Express application or router, as often as you like. WebSockets come with them, on whatever server
   * serves the application; they pass through the middleware that was added before.
   *
   * @param path - Prefix, from its first slash. Default: none.
   * @throws {TypeError} or {RangeError} naming what is wrong; {InvalidStateError} after `close()`.
   */
  mount(app: MountTarget, path: string = '', options: MountOptions = {}): this {
    this.#checkOpen();
    if (typeof app !== 'function' || typeof (app as Partial<MountTarget>).use !== 'function') {
      throw new TypeError(`app: expected an Express application or router, got ${typeof app}`);
    }
    checkObject('options', options);
    checkNames('', options, ['server']);
    const { server } = options;
    this.#routes.mount(app, readPrefix(path), { own: false, ...(server && { server }) });
    return this;
  }

  /**
   * Serves the stream by itself, with a page to try it.
   *
   * @param options.port - Default 8000; 0 takes a free one.
   * @param options.host - Default `localhost`; `0.0.0.0` lets other machines in.
   * @returns The address in use; `url` is that of the page.
   * @throws {TypeError} or {RangeError} for wrong options; {StreamError} with Node's `code`, `EADDRINUSE` when the port is taken; {InvalidStateError} when it listens already
   *   or is closed.
   */
  async listen(options: ListenOptions = {}): Promise<ListeningAddress> {
    this.#checkOpen();
    if (this.#listening) throw new InvalidStateError('the stream listens already');
    const { host, port } = readListenOptions(options, { host: 'localhost', port: 8000 });
    this.#listening = true;
    try {
      const listener = await HttpListener.listen(createStreamApp(this.#routes), host, port);
      if (this.closed) {
        await listener.close();
        throw new InvalidStateError('the stream was closed while it started');
      }
      this.#listener = listener;
      return { ...listener.address, url: listener.url };
    } catch (error) {
      this.#listening = false;
      throw explainListening(error, host, port);
    }
  }

  /**
   * Takes a request for an upgrade from a listener of yours, whatever its prefix; its path ends in `/websocket/offer` or
   * `/telephone/handler`. Not needed for what is mounted.
   *
   * @returns false for any other, which is left alone.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    return this.#routes.takeUpgrade(request, socket, head);
  }

  /**
   * Answers a body of `POST /webrtc/offer`, for a route of your own. Never rejects: what fails is in the reply.
   *
   * @param body - Parsed JSON, of any shape.
   * @param request.headers - For the handler's context.
   * @param request.signal - Aborts when the client has gone.
   */
  offer(
    body: unknown,
    request: { headers?: IncomingHttpHeaders; signal?: AbortSignal } = {},
  ): Promise<OfferReply> {
    const { headers = {}, signal } = request;
    return this.#desk.handle(body, { headers, ...(signal && { signal }) });
  }

  /** Gives a connection new inputs. False when there is none of that id. */
  setInput(id: string, ...inputs: unknown[]): boolean {
    return this.#core.setInput(id, ...inputs);
  }

  /**
   * Reads the outputs of a connection; each reader gets all of them. At most 1,000 are kept, also for 30 s after
   * the connection's end, where the iteration ends.
   *
   * @throws {StreamError} `unknown_connection`, at once, when there is none of that id.
   */
  outputStream(id: string, options: OutputStreamOptions = {}): AsyncIterableIterator<OutputEvent> {
    return this.#core.outputStream(id, options);
  }

  /**
   * The next outputs that this method has not given yet, waited for where there are none.
   *
   * @throws {StreamError} `unknown_connection`; `timeout`; `connection_closed` when it ends without any; `signal.reason`.
   */
  fetchLatestOutput(id: string, options: FetchOutputOptions = {}): Promise<AdditionalOutputs> {
    return this.#core.fetchLatestOutput(id, options);
  }

  /** Has a handler that takes turns reply now, with new inputs if there are some. */
  triggerResponse(id: string, inputs?: readonly unknown[]): TriggerResult {
    return this.#core.triggerResponse(id, inputs);
  }

  /** Sets the state that the client shows. False when there is no connection of that id. */
  updateConnection(id: string, state: ConnectionState): boolean {
    return this.#core.updateConnection(id, state);
  }

  /**
   * What browsers are to connect with; made anew where `rtcConfiguration` is a function. `null`: nothing is set.
   *
   * @throws what the function throws; {TypeError} when it gives none that a browser takes.
   */
  async getRtcConfiguration(): Promise<RtcConfiguration | null> {
    const { rtcConfiguration } = this.#options;
    const made =
      typeof rtcConfiguration === 'function' ? await rtcConfiguration() : rtcConfiguration;
    if (made === undefined || made === null) return null;
    if (typeof made !== 'object' || Array.isArray(made)) {
      const got = Array.isArray(made) ? 'a list' : typeof made;
      throw new TypeError(`rtcConfiguration: expected an object, got ${got}`);
    }
    checkRtcConfiguration(made);
    return made;
  }

  /** Ends connections, sockets, event streams and its own server. The same promise however often it is called. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#stopping.abort();
    await this.#core.close();
    await this.#routes.close();
    await this.#listener?.close();
    this.removeAllListeners();
  }

  #checkOpen(): void {
    if (this.closed) throw new InvalidStateError('the stream is closed');
  }

  #host(routes: StreamHost['routes'], access: StreamHost['access']): StreamHost {
    const core = this.#core;
    const { trackConstraints, rtpParams = null, timeLimitMs } = this.#options;
    return {
      port: core,
      title: this.title,
      logger: this.#logger,
      access,
      // A call needs sound.
      routes: core.modality === 'video' ? { ...routes, telephone: null } : routes,
      closing: this.#stopping.signal,
      offer: (body, request) => this.#desk.handle(body, request),
      setInput: (id, inputs) => core.setInput(id, ...inputs),
      triggerResponse: (id, inputs) => core.triggerResponse(id, inputs),
      readOutputs: (id, lastEventId, signal) => {
        const isKnown = core.find(id) !== undefined || core.hasEnded(id);
        return isKnown ? core.outputStream(id, { lastEventId, signal }) : null;
      },
      rtcConfiguration: () => this.getRtcConfiguration(),
      clientSettings: {
        modality: core.modality,
        mode: core.mode,
        trackConstraints:
          trackConstraints === undefined
            ? defaultTrackConstraints(core.modality)
            : trackConstraints,
        rtpParams,
        timeLimitMs: timeLimitMs === Infinity ? null : (timeLimitMs ?? null),
      },
    };
  }
}

const coreFields = [
  'handler',
  'modality',
  'mode',
  'concurrencyLimit',
  'timeLimitMs',
  'onError',
] as const;

const peerFields = [
  'allowExtraTracks',
  'icePortRange',
  'announcedAddresses',
  'videoCodecs',
  'videoBitrate',
  'connectTimeoutMs',
] as const;

/** Some of the options, without those that are not set. */
function given<K extends keyof AnyStreamOptions>(
  options: AnyStreamOptions,
  names: readonly K[],
): Pick<AnyStreamOptions, K> {
  const entries = names.map((name) => [name, options[name]] as const);
  const set = entries.filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as unknown as Pick<AnyStreamOptions, K>;
}

function readPrefix(path: string): string {
  if (typeof path !== 'string') throw new TypeError(`path: expected text, got ${show(path)}`);
  if (path === '' || path === '/') return '';
  if (path.startsWith('/')) return path.replace(/\/+$/, '');
  throw new RangeError(`path: expected a leading slash, got ${show(path)}`);
}

function explainListening(error: unknown, host: string, port: number): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code !== 'EADDRINUSE') return error;
  const message = `port ${port} of ${host} is in use; give another one: listen({ port })`;
  return new StreamError(message, { code, cause: error });
}
