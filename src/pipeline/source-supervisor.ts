import { SourceError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { AudioData } from '../media/audio-data.js';
import type { EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import type { VideoFrame } from '../media/video-frame.js';
import type { SourceFactory, SourceInfo, SourceWants } from '../source/source-factory.js';
import { Backoff } from '../util/backoff.js';
import { sleep } from '../util/sleep.js';
import { SourceReader } from './source-reader.js';
import type { StreamStatus } from './status.js';

/** What a {@link SourceSupervisor} tells its pipeline. */
export interface SupervisorListener {
  /** The source is open; frames come once this resolves. */
  opened(info: SourceInfo): Promise<void>;
  /** What is known of the source has changed while it runs. */
  changed(info: SourceInfo): void;
  /** A compressed picture is due now, where they were asked for. */
  chunk(chunk: EncodedVideoChunk): void;
  /** A frame is due now. The listener owns it. */
  frame(frame: VideoFrame): void;
  /** Sound, where it was asked for; its time on the stream's clock is in µs. The listener owns it. */
  audio(audio: AudioData, timestamp: number): void;
  /** The frame that follows came long after it was due. */
  late(): void;
  /** Resolves when somebody is ready for pictures, or `signal` aborts. */
  audience(signal: AbortSignal): Promise<void>;
  /** The source's state has changed. */
  status(status: StreamStatus): void;
}

/** How a {@link SourceSupervisor} treats its source. */
export interface SupervisorOptions {
  factory: SourceFactory;
  /** After the end keep the stream, and wait for the source to return. */
  infiniteFrames: boolean;
  /** Wait between opening the source and its first picture, ms. */
  startDelayMs: number;
  logger: Logger;
}

/** How often to look whether an ended source has returned, ms. */
const returnPollMs = 500;

/**
 * Keeps a source running while it is wanted: opens it, reopens it with back-off when it drops, and
 * decides what its end means.
 */
export class SourceSupervisor {
  readonly #options: SupervisorOptions;
  readonly #listener: SupervisorListener;
  readonly #reader: SourceReader;
  readonly #backoff = new Backoff(500, 10_000);
  #abort: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();
  #lost: string | null = null;
  #live = false;
  #closed = false;

  constructor(options: SupervisorOptions, listener: SupervisorListener) {
    this.#options = options;
    this.#listener = listener;
    this.#reader = new SourceReader(options.factory, options.logger);
  }

  /** Starts the source, or starts it over after its end. Does nothing while it runs. */
  resume(): void {
    if (this.#abort !== null || this.#closed) return;
    const abort = new AbortController();
    this.#abort = abort;
    // A source still being let go of must be gone before it is opened again.
    this.#running = this.#running.then(() => this.#run(abort.signal));
  }

  /** What the source is asked for; at any time. Default: frames. */
  want(wants: SourceWants): void {
    this.#reader.want(wants);
  }

  /** Stops the source until the next `resume()`; one that cannot be reopened is only paused. */
  async suspend(): Promise<void> {
    this.#abort?.abort();
    this.#abort = null;
    if (this.#options.factory.reopenable) await this.#reader.close();
    await this.#running;
  }

  /** Stops the source for good. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#abort?.abort();
    await this.#reader.close();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#lost = null;
    this.#backoff.reset();
    this.#listener.status(this.#connecting());
    while (!signal.aborted) {
      const over = await this.#play(signal);
      await this.#reader.release();
      if (over || signal.aborted) break;
    }
    if (this.#abort?.signal === signal) this.#abort = null;
  }

  #connecting(): StreamStatus {
    const { factory } = this.#options;
    if (!factory.waits) return { state: 'connecting' };
    const reason = `Waiting for a sender at ${factory.label}.`;
    this.#options.logger.info(reason);
    return { state: 'connecting', reason };
  }

  /** One life of the source; true when there shall be no other. */
  async #play(signal: AbortSignal): Promise<boolean> {
    const { startDelayMs, factory, logger } = this.#options;
    this.#live = false;
    try {
      const listener = {
        opened: (info: SourceInfo) => this.#opened(info),
        changed: (info: SourceInfo) => this.#listener.changed(info),
        chunk: (chunk: EncodedVideoChunk) => {
          this.#alive();
          this.#listener.chunk(chunk);
        },
        frame: (frame: VideoFrame) => {
          this.#alive();
          this.#listener.frame(frame);
        },
        audio: (audio: AudioData, timestamp: number) => this.#listener.audio(audio, timestamp),
        late: () => this.#listener.late(),
        audience: () => this.#listener.audience(signal),
      };
      const outcome = await this.#reader.play(listener, startDelayMs, signal);
      if (outcome === 'aborted') return true;
      if (!this.#live) return await this.#ended(signal);
      await this.#retry(`${factory.label} stopped sending`, signal);
    } catch (error) {
      if (signal.aborted) return true;
      logger.debug({ err: error }, `${factory.label} failed`);
      if (!factory.reopenable) return await this.#broken(error, signal);
      await this.#retry(reasonOf(error), signal);
    }
    return false;
  }

  #opened(info: SourceInfo): Promise<void> {
    this.#live = info.live && this.#options.factory.reopenable;
    return this.#listener.opened(info);
  }

  /** A picture came. */
  #alive(): void {
    if (this.#lost !== null) this.#options.logger.info(`${this.#options.factory.label} is back`);
    this.#lost = null;
    this.#backoff.reset();
    this.#listener.status({ state: 'live' });
  }

  /** Says why the source is lost, once per reason, and waits before the next try. */
  async #retry(reason: string, signal: AbortSignal): Promise<void> {
    const waitMs = this.#backoff.next();
    const { logger } = this.#options;
    if (this.#lost !== reason) logger.warn(`${reason}; trying again until it works`);
    else logger.debug(`${reason}; next try in ${waitMs} ms`);
    this.#lost = reason;
    this.#listener.status({ state: 'reconnecting', reason });
    await sleep(waitMs, signal);
  }

  /** The source has ended. True when that is the end of the stream. */
  async #ended(signal: AbortSignal): Promise<boolean> {
    const { factory, infiniteFrames, logger } = this.#options;
    if (!infiniteFrames) {
      logger.info(`${factory.label} has ended`);
      this.#listener.status({ state: 'ended', reason: 'The source has ended.' });
      return true;
    }
    const reason = 'The source has ended and may return.';
    if (this.#lost !== reason) logger.info(`${factory.label} has ended; waiting for it to return`);
    this.#lost = reason;
    this.#listener.status({ state: 'reconnecting', reason, noInput: true });
    do await sleep(returnPollMs, signal);
    while (!signal.aborted && !(await this.#returned()));
    return false;
  }

  /** A user's object is simply read again; a file has returned when it is another than it was. */
  async #returned(): Promise<boolean> {
    const { factory } = this.#options;
    if (!factory.reopenable) return true;
    return (await factory.changed?.()) ?? false;
  }

  /** A user's object threw: it is read again, as it may go on, but not in a tight circle. */
  async #broken(error: unknown, signal: AbortSignal): Promise<boolean> {
    const retryable = !(error instanceof SourceError) || error.retryable;
    if (retryable) {
      await this.#retry(reasonOf(error), signal);
      return false;
    }
    this.#options.logger.error({ err: error }, reasonOf(error));
    this.#listener.status({ state: 'failed', reason: reasonOf(error) });
    return true;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
