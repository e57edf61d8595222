import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StreamError } from '../../errors.js';
import type { HandlerDescription } from './protocol.js';
import { Rpc } from './rpc.js';
import type { RpcHandler } from './rpc.js';

/** Longest a module may take to load. */
const loadLimitMs = 60_000;
const entry = fileURLToPath(new URL('./process-main.js', import.meta.url));
/** In a clone that a loader of TypeScript runs there is no build; the process needs the loader, too. */
const isBuilt = existsSync(entry);
/** What the module's handler may ask of its connection. */
const questions = ['sendMessage', 'addOutput', 'clearQueue', 'close', 'waitForArgs'];

/** A process that has loaded a handler module. Whoever starts it closes it. */
export class HandlerProcess {
  /** Answers what the module's handler asks of its connection; set when it begins to work for one. */
  handlers: Readonly<Record<string, RpcHandler>> = {};
  readonly #child: ChildProcess;
  readonly #rpc: Rpc;
  readonly #ended: Promise<void>;
  #closed = false;

  private constructor() {
    this.#child = fork(isBuilt ? entry : entry.replace(/js$/, 'ts'), {
      serialization: 'advanced',
      execArgv: isBuilt ? [] : process.execArgv,
    });
    const ask = (method: string) => (payload: never) => this.handlers[method]?.(payload);
    const answers = Object.fromEntries(questions.map((method) => [method, ask(method)]));
    this.#rpc = new Rpc((message) => this.#child.send(message, () => undefined), answers);
    this.#child.on('message', (message) => this.#rpc.take(message));
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#end(`the handler's process has ended (${signal ?? `code ${code ?? '?'}`})`);
        resolve();
      });
      this.#child.once('error', (error) => {
        this.#end(`the handler's process has failed: ${error.message}`, error);
        // Without a process there is no exit to wait for.
        if (this.#child.pid === undefined) resolve();
      });
    });
  }

  /**
   * Starts a process and loads the module in it.
   *
   * @throws {StreamError} `handler-module` when it cannot be loaded or exports no handler.
   */
  static async start(
    file: string,
  ): Promise<{ process: HandlerProcess; description: HandlerDescription }> {
    const process = new HandlerProcess();
    const limit = setTimeout(() => void process.close(), loadLimitMs);
    try {
      const description = await process.call<HandlerDescription>('load', file);
      // What waits for work does not keep us.
      process.#child.unref();
      process.#child.channel?.unref();
      return { process, description };
    } catch (cause) {
      await process.close();
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

  /** Has the process do something. @throws What it threw; {StreamError} `handler-process` when it has ended. */
  call<T>(method: string, work: unknown): Promise<T> {
    return this.#rpc.call<T>(method, work);
  }

  /** Tells the process something. */
  notify(method: string, work?: unknown): void {
    this.#rpc.notify(method, work);
  }

  /** Ends the process at once, whatever it does; resolves when it is gone. Idempotent. */
  async close(): Promise<void> {
    this.#end('the handler has been closed');
    // Its end is waited for, even when nothing else goes on here.
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #end(reason: string, cause?: unknown): void {
    this.#closed = true;
    this.#rpc.end(new StreamError(reason, { code: 'handler-process', cause }));
  }
}
