import { InvalidStateError } from '../../errors.js';
import type { HandlerDescription } from './protocol.js';
import { WorkerThread } from './worker-thread.js';

/** Threads of one handler module: one a connection, and one that waits, since starting one takes a moment. */
export class ThreadPool {
  /** What the module exports. */
  readonly description: HandlerDescription;
  readonly #file: string;
  #spare: Promise<WorkerThread> | null;
  #closed = false;

  private constructor(file: string, first: WorkerThread, description: HandlerDescription) {
    this.#file = file;
    this.#spare = Promise.resolve(first);
    this.description = description;
  }

  /** Loads the module once. @throws {StreamError} `handler-module`. */
  static async open(file: string): Promise<ThreadPool> {
    const { thread, description } = await WorkerThread.start(file);
    return new ThreadPool(file, thread, description);
  }

  /** A thread for one connection, which closes it. @throws {StreamError} when the module cannot be loaded any more. */
  async take(): Promise<WorkerThread> {
    if (this.#closed) throw new InvalidStateError('the handler module has been closed');
    const spare = this.#spare;
    this.#spare = null;
    const thread = await spare?.catch(() => null);
    const taken = thread == null || thread.closed ? await this.#start() : thread;
    if (!this.#closed) this.#spare ??= this.#start();
    // Its failure is told to whoever takes it.
    this.#spare?.catch(() => undefined);
    return taken;
  }

  /** Ends the thread that waits; those at work are their connections'. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const spare = await this.#spare?.catch(() => null);
    await spare?.close();
  }

  async #start(): Promise<WorkerThread> {
    return (await WorkerThread.start(this.#file)).thread;
  }
}
