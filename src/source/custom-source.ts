import { SourceError } from '../errors.js';
import type { FrameSource } from '../media/contracts.js';
import type { VideoFrame } from '../media/video-frame.js';
import { atMost } from './at-most.js';
import { customFrame } from './custom-frame.js';
import type { MediaSource, SourceFactory, SourceInfo, SourceOptions } from './media-source.js';

/** What a user's object is asked to do; its frames are checked when they come. */
interface CustomReader {
  start(signal: AbortSignal): Promise<void>;
  read(): Promise<unknown>;
  stop(): Promise<void>;
}

/** Pictures per second of a source whose pictures carry no times. */
const defaultFramerate = 30;

/** Longest wait for a user's `stop()`, ms. */
const maxStopMs = 2000;

/**
 * A source of the user's own: an object with `read` and `stop`, or an (async) iterable of frames.
 *
 * @throws {TypeError} naming `source`, and the method that is missing.
 */
export function customSourceFactory(spec: unknown, options: SourceOptions): SourceFactory {
  const reader = readerOf(spec);
  const source = new CustomSource(reader, options);
  return { label: labelOf(spec), reopenable: false, create: () => source };
}

/**
 * Reads a user's source and gives its pictures times where they have none. It is opened once and
 * stopped once: what a user hands in cannot be made anew.
 */
class CustomSource implements MediaSource {
  readonly #reader: CustomReader;
  readonly #framerate: number | undefined;
  readonly #clock: ArrivalClock;
  readonly #stopped: AbortController = new AbortController();
  #started = false;
  #opened: Promise<void> | null = null;
  #ahead: VideoFrame | null = null;
  #stopping: Promise<void> | null = null;
  #info: SourceInfo | null = null;

  constructor(reader: CustomReader, { framerate }: SourceOptions) {
    this.#reader = reader;
    this.#framerate = framerate;
    this.#clock = new ArrivalClock(framerate ?? defaultFramerate);
  }

  get info(): SourceInfo | null {
    return this.#info;
  }

  /**
   * Starts the user's source and waits for its first picture. When `signal` aborts meanwhile the
   * work goes on, and the next `start()` waits for the same.
   */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    this.#opened ??= this.#open().catch((error: unknown) => {
      // The next start() tries for a first picture again.
      this.#opened = null;
      throw error;
    });
    await unless(signal, this.#opened);
  }

  async read(): Promise<VideoFrame | null> {
    if (this.#stopped.signal.aborted) return null;
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead ?? (await this.#next());
  }

  stop(): Promise<void> {
    this.#stopping ??= (async (): Promise<void> => {
      this.#stopped.abort();
      this.#ahead?.close();
      this.#ahead = null;
      await atMost(maxStopMs, this.#reader.stop());
    })();
    return this.#stopping;
  }

  async #open(): Promise<void> {
    try {
      if (!this.#started) await this.#reader.start(this.#stopped.signal);
    } catch (cause) {
      throw failure('start', cause);
    }
    this.#started = true;
    const first = await this.#next();
    if (first === null) {
      throw new SourceError('the source ended before its first picture', { code: 'no-video' });
    }
    this.#ahead = first;
    this.#info = {
      codedWidth: first.codedWidth,
      codedHeight: first.codedHeight,
      framerate: this.#framerate ?? null,
      live: false,
      pacing: 'auto',
    };
  }

  /** The next picture; `null` at the end, and as soon as the source is stopped. */
  async #next(): Promise<VideoFrame | null> {
    const { signal } = this.#stopped;
    const reading = this.#readFrame();
    try {
      return await unless(signal, reading);
    } catch (error) {
      if (!signal.aborted) throw error;
      // What a read delivers after all must not stay open.
      reading.then((frame) => frame?.close()).catch(() => undefined);
      return null;
    }
  }

  async #readFrame(): Promise<VideoFrame | null> {
    let value: unknown;
    try {
      value = await this.#reader.read();
    } catch (cause) {
      throw failure('read', cause);
    }
    if (value === null) return null;
    return customFrame(value, (stated) => this.#clock.place(stated));
  }
}

/** Times for pictures that carry none: when they came, but never more of them than the rate allows. */
class ArrivalClock {
  readonly #period: number;
  #last: { timestamp: number; arrival: number } | null = null;

  constructor(framerate: number) {
    this.#period = 1_000_000 / framerate;
  }

  /** @param stated - The picture's own time, µs; one that does not grow counts as none. */
  place(stated: number | null): number {
    const arrival = performance.now() * 1000;
    const last = this.#last;
    let timestamp = stated ?? 0;
    if (last !== null && (stated === null || stated <= last.timestamp)) {
      timestamp = Math.round(last.timestamp + Math.max(this.#period, arrival - last.arrival));
    }
    this.#last = { timestamp, arrival };
    return timestamp;
  }
}

function readerOf(spec: unknown): CustomReader {
  if (typeof spec === 'function') {
    const name = spec.name === '' ? '' : ` ${spec.name}`;
    throw new TypeError(`source: got the function or class${name} itself; call it, or use new`);
  }
  if (typeof spec !== 'object' || spec === null) {
    throw new TypeError(
      `source: expected a spec, a camera's number, an object with read() and stop(), or an iterable, got ${
        spec === null ? 'null' : typeof spec
      }`,
    );
  }
  if ('read' in spec || 'stop' in spec) return objectReader(spec as FrameSource);
  if (Symbol.asyncIterator in spec) {
    return iteratorReader(() => (spec as AsyncIterable<unknown>)[Symbol.asyncIterator]());
  }
  if (Symbol.iterator in spec) {
    return iteratorReader(() => (spec as Iterable<unknown>)[Symbol.iterator]());
  }
  throw new TypeError('source: expected an object with the methods read() and stop()');
}

function objectReader(source: FrameSource): CustomReader {
  for (const method of ['read', 'stop'] as const) {
    if (typeof source[method] !== 'function') {
      throw new TypeError(`source.${method}: expected a function, got ${typeof source[method]}`);
    }
  }
  if (source.start !== undefined && typeof source.start !== 'function') {
    throw new TypeError(`source.start: expected a function, got ${typeof source.start}`);
  }
  return {
    start: async (signal) => source.start?.({ signal }),
    read: async () => source.read(),
    stop: async () => source.stop(),
  };
}

function iteratorReader(open: () => AsyncIterator<unknown> | Iterator<unknown>): CustomReader {
  let iterator: AsyncIterator<unknown> | Iterator<unknown> | null = null;
  return {
    start: async () => {
      iterator = open();
    },
    read: async () => {
      const next = await iterator?.next();
      return next === undefined || next.done === true ? null : next.value;
    },
    stop: async () => {
      await iterator?.return?.();
    },
  };
}

function labelOf(spec: unknown): string {
  const name = (spec as object).constructor?.name ?? '';
  return /^(Object|Array|AsyncGenerator|Generator|)$/.test(name) ? 'custom source' : name;
}

function failure(method: 'start' | 'read', cause: unknown): SourceError {
  if (cause instanceof SourceError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return new SourceError(`the source's ${method}() failed: ${said.split('\n')[0]}`, {
    code: 'source-failed',
    retryable: method === 'read',
    cause,
  });
}

/** As `promise`, but rejects with the signal's reason as soon as it aborts. */
function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
