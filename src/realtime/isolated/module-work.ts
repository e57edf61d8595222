import { InvalidStateError } from '../../errors.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';
import { AdditionalOutputs } from '../handlers/outputs.js';
import { receiveOutput, sendFrame } from './crossing.js';
import type { SentOutput } from './crossing.js';
import type { BeginMessage, WorkMessage } from './protocol.js';
import type { ProcessPool } from './process-pool.js';
import type { HandlerProcess } from './handler-process.js';

/** How long a handler in a process may take to shut down before the process is ended. */
const shutdownLimitMs = 5000;

/** One connection's work in a process of its own. A process that has ended is replaced at the next call. */
export class ModuleWork {
  readonly #pool: ProcessPool;
  readonly #connection: HandlerConnection;
  #process: Promise<HandlerProcess>;
  #told: readonly unknown[] | null = null;
  #startedUp = false;
  #closing: Promise<void> | null = null;

  /** Begins at once to get a process ready. */
  constructor(pool: ProcessPool, connection: HandlerConnection) {
    this.#pool = pool;
    this.#connection = connection;
    this.#process = this.#open();
    // Whoever calls first is told.
    this.#process.catch(() => undefined);
  }

  /** Has the handler start up; one that takes the place of a failed process's does so by itself. */
  async startUp(): Promise<void> {
    await this.#ready();
    this.#startedUp = true;
    await this.#call('startUp');
  }

  /** Has the handler do something whose result is of no interest. */
  async run(method: string, work: WorkMessage = {}, frame?: AudioData | VideoFrame): Promise<void> {
    await this.#call(method, work, frame);
  }

  /** Has the handler give something. */
  async give(method: string, work: WorkMessage = {}, frame?: VideoFrame): Promise<unknown> {
    return receiveOutput((await this.#call(method, work, frame)) as SentOutput);
  }

  /** The next thing that a generator yields. */
  async next(): Promise<IteratorResult<unknown>> {
    const { done, output } = (await this.#call('next')) as { done: boolean; output: SentOutput };
    return { done, value: done ? undefined : receiveOutput(output) };
  }

  /**
   * Has the handler shut down, for 5 s at most, and ends the process. Idempotent.
   *
   * @throws What shutting down threw; the process has ended all the same.
   */
  close(method?: 'shutdown' | 'return'): Promise<void> {
    this.#closing ??= this.#close(method);
    return this.#closing;
  }

  async #open(): Promise<HandlerProcess> {
    const process = await this.#pool.take();
    const connection = this.#connection;
    process.handlers = {
      sendMessage: (text: string) => connection.sendMessage(text),
      addOutput: (args: readonly unknown[]) => connection.addOutput(new AdditionalOutputs(...args)),
      clearQueue: () => connection.clearQueue(),
      close: (message?: string) => connection.close(message),
      waitForArgs: (timeoutMs?: number) =>
        connection.waitForArgs(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    const { signal, ...context } = connection.context;
    this.#told = connection.latestArgs;
    const begin: BeginMessage = { context, latestArgs: this.#told };
    await process.call('begin', begin);
    signal.addEventListener('abort', () => process.notify('end'), { once: true });
    if (this.#startedUp) process.notify('startUp', {});
    return process;
  }

  async #call(
    method: string,
    work: WorkMessage = {},
    frame?: AudioData | VideoFrame,
  ): Promise<unknown> {
    const sent = frame === undefined ? undefined : sendFrame(frame);
    const process = await this.#ready();
    const { latestArgs } = this.#connection;
    if (latestArgs !== this.#told) {
      this.#told = latestArgs;
      process.notify('args', latestArgs);
    }
    return process.call(method, { ...work, frame: sent });
  }

  async #ready(): Promise<HandlerProcess> {
    const current = this.#process;
    const process = await current.catch(() => null);
    if (process !== null && !process.closed) return process;
    if (this.#closing !== null) throw new InvalidStateError('the connection has ended');
    if (this.#process === current) this.#process = this.#open();
    return this.#process;
  }

  async #close(method?: string): Promise<void> {
    const process = await this.#process.catch(() => null);
    if (process === null) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, shutdownLimitMs);
    });
    try {
      if (method !== undefined) await Promise.race([process.call(method, {}), limit]);
    } finally {
      clearTimeout(timer);
      await process.close();
    }
  }
}
