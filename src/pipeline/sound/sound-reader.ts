import { SourceError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { AudioData } from '../../media/audio-data.js';
import type { AudioSource } from '../../media/contracts.js';
import type { SoundFactory } from '../../source/sound-source.js';
import { Backoff } from '../../util/backoff.js';
import { sleep } from '../../util/sleep.js';
import { SoundPacer } from './sound-pacer.js';

/** What a {@link SoundReader} tells. */
export interface SoundListener {
  /** A piece, with its time on the stream's clock, µs. The listener owns it. */
  audio(audio: AudioData, timestamp: number): void;
  /** What comes next does not continue what came before. */
  reset(): void;
}

/**
 * Reads a source of sound of its own while somebody listens. What fails is said once and tried again; it never gets
 * further than here.
 */
export class SoundReader {
  readonly #factory: SoundFactory;
  readonly #listener: SoundListener;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #backoff = new Backoff(1000, 30_000);
  #source: AudioSource | null = null;
  #started = false;
  #pending: Promise<AudioData | null> | null = null;
  #abort: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();
  #lost: string | null = null;
  #over = false;

  /** @param now - The stream's clock, in ms. Default: `performance.now()`. */
  constructor(
    factory: SoundFactory,
    listener: SoundListener,
    logger: Logger,
    now: () => number = () => performance.now(),
  ) {
    this.#factory = factory;
    this.#listener = listener;
    this.#logger = logger;
    this.#now = now;
  }

  /** Starts reading, or goes on with it. Does nothing while it runs. */
  resume(): void {
    if (this.#abort !== null || this.#over) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#running = this.#running.then(() => this.#run(abort.signal));
  }

  /** Stops reading until the next `resume()`; a user's object is only paused. */
  async suspend(): Promise<void> {
    this.#abort?.abort();
    this.#abort = null;
    if (this.#factory.reopenable) await this.#release();
    await this.#running;
  }

  /** Stops the source for good. */
  async close(): Promise<void> {
    this.#over = true;
    this.#abort?.abort();
    await this.#release();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#play(signal);
        if (signal.aborted || !this.#live) {
          if (this.#factory.reopenable) await this.#release();
          break;
        }
        await this.#retry(`${this.#factory.label} stopped sending sound`, signal);
      } catch (error) {
        if (signal.aborted) break;
        const { message } = error as Error;
        if (!isRetryable(error)) {
          this.#logger.error({ err: error }, `no sound: ${message}`);
          this.#over = true;
          break;
        }
        await this.#retry(message, signal);
      }
    }
    if (this.#abort?.signal === signal) this.#abort = null;
  }

  /** True for a source whose end is a fault. */
  get #live(): boolean {
    return this.#factory.reopenable && this.#factory.pacing === 'arrival';
  }

  /** One life of the source: resolves at its end, or when the signal aborts. */
  async #play(signal: AbortSignal): Promise<void> {
    const source = (this.#source ??= this.#factory.create());
    if (!this.#started && !(await this.#start(source, signal))) return;
    const pacer = new SoundPacer(this.#factory.pacing, this.#now);
    this.#listener.reset();
    while (!signal.aborted) {
      const asked = performance.now();
      const audio = await this.#read(source, signal);
      if (audio === 'aborted') return;
      if (audio === null) {
        this.#ended();
        return;
      }
      this.#heard();
      const timestamp = await pacer.wait(audio, performance.now() - asked, signal);
      if (signal.aborted) audio.close();
      else this.#listener.audio(audio, timestamp);
    }
  }

  /** False when the signal aborts first: a start that hangs holds nobody up. */
  async #start(source: AudioSource, signal: AbortSignal): Promise<boolean> {
    const starting = Promise.resolve(source.start?.({ signal }));
    const aborted = new Promise<boolean>((resolve) => {
      if (signal.aborted) resolve(false);
      signal.addEventListener('abort', () => resolve(false), { once: true });
    });
    const started = await Promise.race([starting.then(() => true), aborted]);
    if (started) this.#started = true;
    else starting.catch(() => undefined);
    return started;
  }

  #heard(): void {
    if (this.#lost !== null) this.#logger.info(`${this.#factory.label} is heard again`);
    this.#lost = null;
    this.#backoff.reset();
  }

  #ended(): void {
    if (this.#live) return;
    this.#logger.info(`the sound of ${this.#factory.label} has ended`);
    // A file starts over for those who come later.
    this.#over = !this.#factory.reopenable;
  }

  async #retry(reason: string, signal: AbortSignal): Promise<void> {
    if (this.#factory.reopenable) await this.#release();
    const waitMs = this.#backoff.next();
    if (this.#lost !== reason)
      this.#logger.warn(`no sound: ${reason}; trying again until it works`);
    this.#lost = reason;
    await sleep(waitMs, signal);
  }

  /** One read; `aborted` when the signal aborts first, and then the answer is kept for later. */
  #read(source: AudioSource, signal: AbortSignal): Promise<AudioData | null | 'aborted'> {
    return new Promise((resolve, reject) => {
      const pending = (this.#pending ??= Promise.resolve().then(() => source.read()));
      const abort = (): void => resolve('aborted');
      signal.addEventListener('abort', abort, { once: true });
      const answered = (): boolean => {
        signal.removeEventListener('abort', abort);
        if (signal.aborted) return false;
        this.#pending = null;
        return true;
      };
      pending.then(
        (audio) => answered() && resolve(audio),
        (error: unknown) => {
          if (answered()) reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** Stops the source; what it has still to answer is let go. */
  async #release(): Promise<void> {
    const source = this.#source;
    const pending = this.#pending;
    this.#source = null;
    this.#pending = null;
    this.#started = false;
    pending?.then((audio) => audio?.close()).catch(() => undefined);
    try {
      await source?.stop();
    } catch (err) {
      this.#logger.warn({ err }, `${this.#factory.label} failed while it was stopped`);
    }
  }
}

function isRetryable(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return false;
  return !(error instanceof SourceError) || error.retryable;
}
