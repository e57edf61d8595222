import { InvalidStateError } from '../../errors.js';
import type { HandlerDescription } from './protocol.js';
import { HandlerProcess } from './handler-process.js';

/** Threads of one handler module: one a connection, and one that waits, since starting one takes a moment. */
export class ProcessPool {
  /** What the module exports. */
  readonly description: HandlerDescription;
  readonly #file: string;
  #spare: Promise<HandlerProcess> | null;
  #closed = false;

  private constructor(file: string, first: HandlerProcess, description: HandlerDescription) {
    this.#file = file;
    this.#spare = Promise.resolve(first);
    this.description = description;
  }

  /** Loads the module once. @throws {StreamError} `handler-module`. */
  static async open(file: string): Promise<ProcessPool> {
    const { process, description } = await HandlerProcess.start(file);
    return new ProcessPool(file, process, description);
  }

  /** A process for one connection, which closes it. @throws {StreamError} when the module cannot be loaded any more. */
  async take(): Promise<HandlerProcess> {
    if (this.#closed) throw new InvalidStateError('the handler module has been closed');
    const spare = this.#spare;
    this.#spare = null;
    const process = await spare?.catch(() => null);
    const taken = process == null || process.closed ? await this.#start() : process;
    if (!this.#closed) this.#spare ??= this.#start();
    // Its failure is told to whoever takes it.
    this.#spare?.catch(() => undefined);
    return taken;
  }

  /** Ends the process that waits; those at work are their connections'. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const spare = await this.#spare?.catch(() => null);
    await spare?.close();
  }

  async #start(): Promise<HandlerProcess> {
    return (await HandlerProcess.start(this.#file)).process;
  }
}
