import type { Express } from 'express';
import { setFfmpegLogger } from './codec/ffmpeg-log.js';
import { validateOptions } from './config/options.js';
import type { ResolvedOptions, ServerOptions } from './config/server-options.js';
import { InvalidStateError } from './errors.js';
import { Delivery } from './delivery/delivery.js';
import { SessionRegistry } from './delivery/session-registry.js';
import { workerCount } from './delivery/worker-count.js';
import { createApp } from './http/app.js';
import { prepareDataFiles } from './http/data-files/prepare-data-files.js';
import type { DataFiles } from './http/data-files/prepare-data-files.js';
import { Pipeline } from './pipeline/pipeline.js';
import { HttpListener } from './server/http-listener.js';
import { readListenOptions } from './server/listen-options.js';
import { pageTitle } from './server/page-title.js';
import { StatsLog } from './server/stats-log.js';
import { streamSound } from './server/stream-sound.js';
import { streamEdits } from './server/stream-transforms.js';
import { ViewerDesk } from './server/viewer-desk.js';
import { probeSource } from './source/probe-source.js';
import { createSourceFactory } from './source/source-factory.js';
import type { SourceFactory } from './source/source-factory.js';
import type { SoundFactory } from './source/sound-source.js';
import { createTransformChain } from './transform/transform-chain.js';
import { packageVersion } from './util/package-version.js';

/** Where {@link Server.listen} listens; what is left out is as the options say. */
export interface ListenOptions {
  /** TCP port; 0 takes a free one. Default 8000. */
  port?: number;
  /** Address; `0.0.0.0` lets other machines in. Default `localhost`. */
  host?: string;
}

/** Where a server listens. */
export interface ListeningAddress {
  /** As asked for, e.g. `localhost`. */
  host: string;
  /** The port in use, also when 0 was asked for. */
  port: number;
  /** Address of the page for this machine's browser. */
  url: string;
}

/**
 * Checks the options, prepares the page's files and loads the transforms. The source is opened
 * when the first viewer comes.
 *
 * @throws {TypeError} or {RangeError} naming the option; {StreamError} when the data directory or a
 *   transform cannot be used. Nothing is left running then.
 */
export async function createServer(options: ServerOptions = {}): Promise<Server> {
  const resolved = validateOptions(options);
  const { logger } = resolved;
  setFfmpegLogger(logger);
  const source = createSourceFactory(resolved.source, resolved);
  const sound = streamSound(resolved);
  const edits = streamEdits(resolved);
  const dataFiles = await prepareDataFiles(resolved);
  const transforms = await createTransformChain(resolved.transforms, {
    edits,
    logger,
    onError: resolved.transformErrors,
  });
  const pipeline = new Pipeline({
    name: resolved.name,
    source,
    transforms,
    bitrate: resolved.bitrate,
    renditions: resolved.renditions,
    framerate: resolved.framerate ?? null,
    hardwareAcceleration: resolved.hardwareAcceleration,
    infiniteFrames: resolved.infiniteFrames,
    startDelayMs: resolved.startDelayMs,
    passThrough: resolved.passThrough,
    maxPassedBitrate: options.bitrate ?? null,
    passedCodecs: options.codecs ?? null,
    audio: resolved.audio,
    sound,
    sharedMemory: resolved.workers !== 0,
    logger,
  });
  const title = options.name ?? pageTitle(resolved.source);
  return new Server(resolved, { source, sound, dataFiles, pipeline, title });
}

interface ServerParts {
  source: SourceFactory;
  /** What is not in `source` itself. */
  sound: SoundFactory | null;
  dataFiles: DataFiles;
  pipeline: Pipeline;
  /** What the page calls the stream. */
  title: string;
}

/**
 * Serves one stream: a page at `/`, WebGear_RTC's `/offer` behind it. Made by {@link createServer};
 * whoever makes it closes it.
 */
export class Server {
  /** The Express application: add routes and middleware, or mount it in another application. */
  readonly app: Express;
  /** Streams by name; one for now. */
  readonly streams: ReadonlyMap<string, Pipeline>;
  /** Who watches. */
  readonly sessions: SessionRegistry;
  /** Directory of the page's files. */
  readonly dataDirectory: string;
  readonly #options: ResolvedOptions;
  readonly #source: SourceFactory;
  readonly #sound: SoundFactory | null;
  readonly #pipeline: Pipeline;
  readonly #delivery: Delivery;
  readonly #desk: ViewerDesk;
  readonly #statsLog: StatsLog;
  #listener: HttpListener | null = null;
  #closing: Promise<void> | null = null;

  /** @internal */
  constructor(options: ResolvedOptions, parts: ServerParts) {
    const { logger, logging, name, iceServers, maxViewers, icePortRange } = options;
    const { announcedAddresses } = options;
    const { source, sound, dataFiles, pipeline, title } = parts;
    this.#options = options;
    this.#source = source;
    this.#sound = sound;
    this.#pipeline = pipeline;
    this.dataDirectory = dataFiles.directory;
    this.streams = new Map([[name, pipeline]]);
    // In one-viewer mode a newcomer takes the place of the only viewer: there is nothing to limit.
    this.sessions = new SessionRegistry({
      logger,
      ...(options.enableLiveBroadcast ? { maxViewers } : {}),
    });
    this.#delivery = new Delivery({ workers: workerCount(options.workers), logger });
    this.#desk = new ViewerDesk({
      pipeline,
      delivery: this.#delivery,
      sessions: this.sessions,
      codecs: options.codecs,
      audio: options.audio,
      enableLiveBroadcast: options.enableLiveBroadcast,
      peer: {
        iceServers,
        announcedAddresses,
        ...(icePortRange && { icePortRange }),
      },
      logger,
    });
    this.#statsLog = new StatsLog({
      name,
      intervalMs: options.statsIntervalMs,
      stream: () => pipeline.stats(),
      viewers: () => [...this.sessions].map((session) => session.stats()),
      logger,
    });
    this.app = createApp({
      dataFiles,
      logging,
      logger,
      page: () => ({ streamName: title, version: packageVersion(), iceServers }),
      offer: (description, { signal }) => this.#desk.admit(description, signal),
      closeConnection: (parameter) => this.#desk.closeConnection(parameter),
    });
  }

  /** What the source is called in logs: without credentials. */
  get sourceLabel(): string {
    return this.#source.label;
  }

  /**
   * Address of the page on this machine, e.g. `http://localhost:8000/`.
   *
   * @throws {InvalidStateError} while it does not listen.
   */
  get url(): string {
    if (this.#listener === null) throw new InvalidStateError('the server does not listen');
    return this.#listener.url;
  }

  /** True once `close()` was called. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /**
   * Opens the source once and closes it again, to find out early that it cannot be opened, and looks whether a file of sound
   * is there. A user's own object is not touched, and neither is an input that waits for a sender.
   *
   * @throws {SourceError} with one line that says what to do.
   */
  async checkSource(signal?: AbortSignal): Promise<void> {
    await this.#sound?.check?.();
    if (!this.#source.reopenable || this.#source.waits) return;
    this.#pipeline.learned(await probeSource(this.#source, signal));
  }

  /**
   * Starts the HTTP server.
   *
   * @returns The address in use: `host` as asked for, `port` also when 0 was asked for.
   * @throws {TypeError} or {RangeError} for wrong options. Node's error when the port cannot be had, e.g. with `code` `EADDRINUSE`;
   *   {InvalidStateError} when it listens already or is closed.
   */
  async listen(options: ListenOptions = {}): Promise<ListeningAddress> {
    if (this.closed) throw new InvalidStateError('the server is closed');
    if (this.#listener !== null) throw new InvalidStateError('the server listens already');
    const { host, port } = readListenOptions(options, this.#options);
    const listener = await HttpListener.listen(this.app, host, port);
    if (this.closed) {
      await listener.close();
      throw new InvalidStateError('the server was closed while it started');
    }
    this.#listener = listener;
    this.#delivery.prepare();
    await this.#delivery.ready();
    return { ...listener.address, url: listener.url };
  }

  /**
   * Says good-bye to every viewer, closes source, encoders and transforms, and frees the port. The
   * same promise however often it is called.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#desk.close();
    this.#statsLog.close();
    const listening = this.#listener?.close();
    // Together: a thread that hears nothing any more cannot see its viewers out, but be ended.
    await Promise.all([this.sessions.close(), this.#delivery.close()]);
    await this.#pipeline.close();
    await listening;
  }
}
