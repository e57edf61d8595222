import { AsyncLocalStorage } from 'node:async_hooks';
import { InvalidStateError } from '../../errors.js';
import type { AudioOutput } from '../handlers/outputs.js';

/** What a reply function may give: a generator of either kind, one output, or a promise of any of them. */
export type ReplyResult =
  | AudioOutput
  | Iterable<AudioOutput>
  | AsyncIterable<AudioOutput>
  | Promise<AudioOutput | Iterable<AudioOutput> | AsyncIterable<AudioOutput>>;

/** What {@link Reply.next} gives after the last output. */
export const replyEnd: unique symbol = Symbol('end of reply');

type Outputs = Iterator<AudioOutput> | AsyncIterator<AudioOutput>;

const signals = new AsyncLocalStorage<AbortSignal>();

/**
 * Aborts when the reply that the running code makes has been interrupted, or its connection has ended. A generator that
 * waits, e.g. for a language model, cannot be ended from outside: given this, what it waits for ends.
 *
 * @throws {InvalidStateError} outside a reply function.
 */
export function getReplySignal(): AbortSignal {
  const signal = signals.getStore();
  if (signal === undefined)
    throw new InvalidStateError('there is no reply outside a reply function');
  return signal;
}

/** One run of a reply function, drawn output by output. Once cancelled it gives nothing, however long the function goes on. */
export class Reply {
  readonly #produce: (signal: AbortSignal) => ReplyResult | Promise<ReplyResult>;
  readonly #controller = new AbortController();
  #outputs: Outputs | null = null;
  /** Ends the `next()` under way. */
  #leave: (() => void) | null = null;

  /** @param produce - Called with the first {@link next}. */
  constructor(produce: (signal: AbortSignal) => ReplyResult | Promise<ReplyResult>) {
    this.#produce = produce;
  }

  /** True after {@link cancel}. */
  get cancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  /**
   * The next output, or {@link replyEnd}. Calls must not overlap.
   *
   * @throws What the function throws.
   */
  next(): Promise<AudioOutput | typeof replyEnd> {
    if (this.cancelled) return Promise.resolve(replyEnd);
    const left = new Promise<typeof replyEnd>((resolve) => {
      this.#leave = () => resolve(replyEnd);
    });
    const { signal } = this.#controller;
    // What an interrupted function throws is mostly the interruption: nobody hears of it.
    return Promise.race([left, signals.run(signal, () => this.#step(signal))]);
  }

  /** Ends it: the generator is returned, its signal aborts, `next()` gives nothing more. A second call does nothing. */
  cancel(): void {
    if (this.cancelled) return;
    this.#controller.abort();
    this.#leave?.();
    this.#return();
  }

  async #step(signal: AbortSignal): Promise<AudioOutput | typeof replyEnd> {
    this.#outputs ??= outputsOf(await this.#produce(signal));
    if (!signal.aborted) {
      const step: IteratorResult<AudioOutput, unknown> = await this.#outputs.next();
      // What a generator returns is not an output, as in Python.
      if (!signal.aborted) return step.done === true ? replyEnd : step.value;
    }
    // A generator could not be returned while it ran.
    this.#return();
    return replyEnd;
  }

  #return(): void {
    try {
      // An asynchronous one does so when it gets there, which may be never: nobody waits for it.
      Promise.resolve(this.#outputs?.return?.()).catch(() => undefined);
    } catch {
      // It runs right now, and called this itself: #step returns it.
    }
  }
}

function outputsOf(result: Awaited<ReplyResult>): Outputs {
  // Arrays are an output with its companion.
  if (typeof result === 'object' && result !== null && !Array.isArray(result)) {
    if (Symbol.asyncIterator in result) return result[Symbol.asyncIterator]();
    if (Symbol.iterator in result) return (result as Iterable<AudioOutput>)[Symbol.iterator]();
  }
  return [result as AudioOutput][Symbol.iterator]();
}
