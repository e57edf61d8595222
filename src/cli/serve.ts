import { loadConfig } from '../config/load-config.js';
import { validateOptions } from '../config/options.js';
import type { ResolvedOptions, ServerOptions } from '../config/server-options.js';
import type { Logger } from '../logger.js';
import { packageVersion } from '../util/package-version.js';
import { bannerLines } from './banner.js';
import { listenOnFreePort } from './listen.js';
import { createLog } from './log.js';
import { nameFlag } from './name-flag.js';
import { listenForStop } from './shutdown.js';
import { splitNamedSource } from './source-flag.js';
import type { Terminal } from './terminal.js';
import type { TypedOptions } from './typed-options.js';
import { UsageError } from './usage-error.js';

/** What the command needs of a `Server`. */
export interface ServedServer {
  /** Address for this machine's browser, once it listens. */
  readonly url: string;
  /** The source as a person would name it, without credentials. */
  readonly sourceLabel: string;
  /** Where the page's files are. */
  readonly dataDirectory: string;
  /** Opens and closes the source once; rejects with a `SourceError` of one line. */
  checkSource(signal?: AbortSignal): Promise<void>;
  /** Rejects with Node's error; may then be called again. */
  listen(options: { host: string; port: number }): Promise<unknown>;
  /** Closes everything; may be called twice. */
  close(): Promise<void>;
}

/** What {@link serve} works with. */
export interface ServeContext {
  terminal: Terminal;
  /** Makes the server; loads what is heavy. */
  createServer: (options: ServerOptions) => Promise<ServedServer>;
  /** Called when viewers may come, with the log of the server. */
  onServing?: (logger: Logger) => void;
}

/**
 * `framegear [source]`: starts a server and resolves when a signal has stopped it.
 *
 * @throws whatever keeps it from starting, after closing what was open.
 */
export async function serve(typed: TypedOptions, context: ServeContext): Promise<void> {
  const { terminal } = context;
  const stop = listenForStop({
    onStop: () => terminal.print('stopping'),
    onLate: () => terminal.printError('closing takes too long: left what was still open\n'),
  });
  const start = new Start(typed, context, stop.signal);
  const starting = start.run();
  try {
    await Promise.race([starting, stop.stopped]);
    await stop.stopped;
  } finally {
    // A start that was interrupted rejects in its own time; nobody waits for it any more.
    starting.catch(() => undefined);
    await start.close();
    stop.close();
  }
}

/** One start of a server, from what was typed to the banner. */
class Start {
  readonly #typed: TypedOptions;
  readonly #context: ServeContext;
  readonly #signal: AbortSignal;
  #server: ServedServer | null = null;

  constructor(typed: TypedOptions, context: ServeContext, signal: AbortSignal) {
    this.#typed = typed;
    this.#context = context;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      throw nameFlag(error, this.#typed);
    }
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #run(): Promise<void> {
    const given = await this.#readOptions();
    const options = validateOptions(given);
    const logger = given.logger ?? this.#createLogger(options);
    const server = await this.#context.createServer({ ...given, logger });
    this.#server = server;
    if (this.#signal.aborted) return this.close();
    await server.checkSource(this.#signal);
    if (this.#signal.aborted) return;
    await listenOnFreePort(server, {
      ...options,
      onTaken: (port) => logger.warn(`port ${port} is taken`),
    });
    this.#context.onServing?.(logger);
    this.#printBanner(server, options);
  }

  async #readOptions(): Promise<ServerOptions> {
    const config = await loadConfig({ file: this.#typed.config }).catch((error: unknown) => {
      throw error instanceof RangeError || error instanceof TypeError
        ? new UsageError(error.message, { cause: error })
        : error;
    });
    return mergeOptions(config?.options ?? {}, this.#typed);
  }

  #createLogger({ logging }: ResolvedOptions): Logger {
    const { terminal } = this.#context;
    return createLog({
      level: logging ? 'debug' : (this.#typed.logLevel ?? 'info'),
      color: terminal.errorColors.isColorSupported,
      write: (line) => terminal.printError(line),
    });
  }

  #printBanner(server: ServedServer, options: ResolvedOptions): void {
    const { terminal } = this.#context;
    const facts = {
      ...options,
      version: packageVersion(),
      source: server.sourceLabel,
      dataDirectory: server.dataDirectory,
      url: server.url,
      // Counts from the start of the process.
      readyMs: performance.now(),
    };
    for (const line of bannerLines(facts, terminal.colors)) terminal.print(line);
  }
}

/**
 * What was typed, over what the config file says.
 *
 * @throws {UsageError} for more than one source.
 */
export function mergeOptions(config: ServerOptions, typed: TypedOptions): ServerOptions {
  const { sources, options } = typed;
  const merged: ServerOptions = { ...config, ...options };
  const [source, second] = sources;
  if (second !== undefined) {
    throw new UsageError(
      `one source per server for now, got ${sources.length}: ${sources.join(', ')}`,
    );
  }
  if (source === undefined) return merged;
  const { name, spec } = splitNamedSource(source);
  if (spec === '') throw new UsageError('--source: expected a source, got ""');
  merged.source = /^\d+$/.test(spec) ? Number(spec) : spec;
  if (name !== null && options.name === undefined) merged.name = name;
  delete merged.customStream;
  return merged;
}
