import { Worker } from 'node:worker_threads';
import { StreamError } from '../../errors.js';
import type { HandlerDescription } from './protocol.js';
import { Rpc, parcel } from './rpc.js';
import type { Parcel, RpcHandler } from './rpc.js';

/** Longest a module may take to load. */
const loadLimitMs = 60_000;

/** A thread that has loaded a handler module. Whoever starts it closes it. */
export class WorkerThread {
  /** Answers what the module's handler asks of its connection; set when it begins to work for one. */
  handlers: Readonly<Record<string, RpcHandler>> = {};
  readonly #worker: Worker;
  readonly #rpc: Rpc;
  readonly #ended: Promise<void>;
  #closed = false;

  private constructor() {
    this.#worker = new Worker(new URL('./worker-main.js', import.meta.url));
    // What waits for work does not keep the process.
    this.#worker.unref();
    const ask = (method: string) => (payload: never) => this.handlers[method]?.(payload);
    const methods = ['sendMessage', 'addOutput', 'clearQueue', 'close', 'waitForArgs'];
    this.#rpc = new Rpc(
      this.#worker,
      Object.fromEntries(methods.map((method) => [method, ask(method)])),
    );
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#closed = true;
        this.#rpc.end(threadEnded(`the handler's thread has ended (code ${code})`));
        resolve();
      });
    });
    this.#worker.on('error', (error) => {
      this.#rpc.end(threadEnded(`the handler's thread has failed: ${error.message}`, error));
    });
  }

  /**
   * Starts a thread and loads the module in it.
   *
   * @throws {StreamError} `handler-module` when it cannot be loaded or exports no handler.
   */
  static async start(
    file: string,
  ): Promise<{ thread: WorkerThread; description: HandlerDescription }> {
    const thread = new WorkerThread();
    // Loading is worth waiting for.
    thread.#worker.ref();
    const limit = setTimeout(() => void thread.close(), loadLimitMs);
    try {
      const description = await thread.call<HandlerDescription>('load', parcel(file));
      thread.#worker.unref();
      return { thread, description };
    } catch (cause) {
      await thread.close();
      throw new StreamError(`handler: ${(cause as Error).message}`, {
        code: 'handler-module',
        cause,
      });
    } finally {
      clearTimeout(limit);
    }
  }

  /** True once it has ended, by itself or by {@link close}. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Has the thread do something. @throws What it threw; {StreamError} `handler-thread` when it has ended. */
  call<T>(method: string, work: Parcel): Promise<T> {
    return this.#rpc.call<T>(method, work);
  }

  /** Tells the thread something. */
  notify(method: string, work: Parcel): void {
    this.#rpc.notify(method, work);
  }

  /** Ends the thread at once, whatever it does; resolves when it is gone. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#rpc.end(threadEnded('the handler has been closed'));
    await this.#worker.terminate();
    await this.#ended;
  }
}

function threadEnded(message: string, cause?: unknown): StreamError {
  return new StreamError(message, { code: 'handler-thread', cause });
}
