import { InvalidStateError } from '../errors.js';
import { atMost } from './at-most.js';

/** Longest wait for what is under way to let go, ms. */
const maxStopMs = 3000;

/**
 * The order of things when a source is stopped while it starts or reads: what is under way is
 * interrupted, waited for, and only then everything is freed, once.
 */
export class SourceStop {
  readonly #abort: AbortController = new AbortController();
  #busy: Promise<unknown> = Promise.resolve();
  #stopping: Promise<void> | null = null;

  /** True once `stop()` was called or the starting signal aborted. */
  get stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Aborts at `stop()`, for what waits. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Runs `work`, ended by `interrupt` when `signal` aborts; rejects with the signal's reason then. */
  async starting(
    signal: AbortSignal,
    interrupt: () => void,
    work: () => Promise<void>,
  ): Promise<void> {
    signal.throwIfAborted();
    this.#throwIfStopped();
    const abort = (): void => {
      this.#abort.abort(signal.reason);
      interrupt();
    };
    signal.addEventListener('abort', abort, { once: true });
    const running = work();
    this.#busy = running;
    try {
      await running;
    } catch (error) {
      // What an interrupted call says of itself does not matter.
      signal.throwIfAborted();
      this.#throwIfStopped();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
    signal.throwIfAborted();
    this.#throwIfStopped();
  }

  /** Runs one read; `null` when the source is or gets stopped. */
  async reading<T>(work: () => Promise<T | null>): Promise<T | null> {
    if (this.stopped) return null;
    const running = work();
    this.#busy = running;
    try {
      return await running;
    } catch (error) {
      if (this.stopped) return null;
      throw error;
    }
  }

  /** Ends what is under way and then frees everything; the same promise however often it is called. */
  stop(interrupt: () => void, free: () => Promise<void> | void): Promise<void> {
    if (this.#stopping === null) {
      this.#abort.abort();
      interrupt();
      const freed = this.#busy.catch(() => undefined).then(free);
      // A name lookup of the system cannot be interrupted: it is freed when it comes back.
      this.#stopping = atMost(maxStopMs, freed);
    }
    return this.#stopping;
  }

  #throwIfStopped(): void {
    if (this.stopped) throw new InvalidStateError('the source was stopped while it started');
  }
}
