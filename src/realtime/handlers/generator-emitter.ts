import { describeValue } from './describe-value.js';
import type { HandlerConnection } from './handler-connection.js';
import { CloseStream } from './outputs.js';

/** A generator function, or a function that gives something to iterate over. */
export type GeneratorFunction<Output> = (
  ...inputs: never[]
) => Iterable<Output> | AsyncIterable<Output>;

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/**
 * Makes an `emit` of a generator function: begins it, with the first inputs when it needs some, gives what it yields, and
 * {@link CloseStream} at its end. One that has thrown begins anew with the next call.
 */
export class GeneratorEmitter<Output> {
  readonly #call: (...inputs: readonly unknown[]) => unknown;
  readonly #connection: HandlerConnection;
  #iterator: AnyIterator | null = null;
  /** The generator's own code is on the stack: it cannot be ended right now. */
  #stepping = false;
  #closed = false;

  constructor(callable: GeneratorFunction<Output>, connection: HandlerConnection) {
    this.#call = callable as unknown as (...inputs: readonly unknown[]) => unknown;
    this.#connection = connection;
  }

  /**
   * What the generator yields next.
   *
   * @throws what the generator throws; {TypeError} when it is none.
   */
  async emit(): Promise<Output | CloseStream> {
    this.#iterator ??= await this.#begin();
    if (this.#closed) {
      // While it waited for inputs.
      await this.#return();
      return this.#ended(undefined);
    }
    try {
      const result = await this.#step(this.#iterator);
      const value: unknown = await result.value;
      return result.done === true ? this.#ended(value) : (value as Output);
    } catch (error) {
      this.#iterator = null;
      throw error;
    }
  }

  /** Ends the generator, which may clean up in its `finally`. Resolves when it has. Rejects as that does. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#stepping) await this.#return();
  }

  async #begin(): Promise<AnyIterator> {
    const { latestArgs } = this.#connection;
    const inputs =
      latestArgs ??
      // Parameters with a default are not in `length`: such a generator need not wait.
      (this.#call.length > 0 ? await this.#connection.waitForArgs({ timeoutMs: Infinity }) : []);
    const made: unknown = await this.#call(...inputs);
    const iterable = made as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
    const iterator: AnyIterator | undefined =
      iterable?.[Symbol.asyncIterator]?.() ?? iterable?.[Symbol.iterator]?.();
    if (typeof made === 'object' && iterator !== undefined) return iterator;
    throw new TypeError(`handler: expected a generator, got ${describeValue(made)}`);
  }

  #step(iterator: AnyIterator): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    this.#stepping = true;
    try {
      return iterator.next();
    } finally {
      this.#stepping = false;
      if (this.#closed) void this.#return().catch(() => undefined);
    }
  }

  async #return(): Promise<void> {
    const iterator = this.#iterator;
    this.#iterator = null;
    await iterator?.return?.();
  }

  /** A generator may end with `return new CloseStream('Bye')`. */
  #ended(value: unknown): CloseStream {
    this.#closed = true;
    this.#iterator = null;
    return value instanceof CloseStream ? value : new CloseStream();
  }
}
