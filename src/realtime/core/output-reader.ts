import type { OutputEvent, OutputLog } from './output-log.js';

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** One reader's place in an {@link OutputLog}. Ends with the log, when `signal` aborts, or by `return()`. */
export class OutputReader implements AsyncIterableIterator<OutputEvent> {
  readonly #log: OutputLog;
  readonly #signal: AbortSignal | undefined;
  #place: number;
  #closed = false;
  #wake: () => void = () => undefined;

  /** @param after - Number of the output read last: begins with the next one that is kept. */
  constructor(log: OutputLog, after: number, signal?: AbortSignal) {
    this.#log = log;
    this.#place = after;
    this.#signal = signal;
  }

  /** The next outputs, as soon as there are some. One call at a time. */
  async next(): Promise<IteratorResult<OutputEvent, undefined>> {
    for (;;) {
      if (this.#closed || this.#signal?.aborted === true) return done;
      const value = this.#log.after(this.#place);
      if (value !== undefined) {
        this.#place = value.id;
        return { done: false, value };
      }
      if (this.#log.ended) return done;
      await this.#change();
    }
  }

  /** Ends the reader, and a `next()` that waits. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#closed = true;
    this.#wake();
    return done;
  }

  /** This. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        forget();
        this.#signal?.removeEventListener('abort', wake);
        resolve();
      };
      const forget = this.#log.onChange(wake);
      this.#signal?.addEventListener('abort', wake, { once: true });
      this.#wake = wake;
    });
  }
}
