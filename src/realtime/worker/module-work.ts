import type { TransferListItem } from 'node:worker_threads';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';
import { AdditionalOutputs } from '../handlers/outputs.js';
import { receiveOutput, sendFrame } from './crossing.js';
import type { SentOutput } from './crossing.js';
import type { BeginMessage, WorkMessage } from './protocol.js';
import { parcel } from './rpc.js';
import type { ThreadPool } from './thread-pool.js';
import type { WorkerThread } from './worker-thread.js';

/** How long a handler in a thread may take to shut down before the thread is ended. */
const shutdownLimitMs = 5000;

/** One connection's work in a thread of its own. A thread that has ended is replaced at the next call. */
export class ModuleWork {
  readonly #pool: ThreadPool;
  readonly #connection: HandlerConnection;
  #thread: Promise<WorkerThread> | null = null;
  #told: readonly unknown[] | null = null;
  #startedUp = false;
  #closing: Promise<void> | null = null;

  /** Begins at once to get a thread ready. */
  constructor(pool: ThreadPool, connection: HandlerConnection) {
    this.#pool = pool;
    this.#connection = connection;
    this.#thread = this.#open();
    // Whoever calls first is told.
    this.#thread.catch(() => undefined);
  }

  /** Has the handler start up; one that takes the place of a failed thread's does so by itself. */
  async startUp(): Promise<void> {
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
   * Has the handler shut down, for 5 s at most, and ends the thread. Idempotent.
   *
   * @throws What shutting down threw; the thread has ended all the same.
   */
  close(method?: 'shutdown' | 'return'): Promise<void> {
    this.#closing ??= this.#close(method);
    return this.#closing;
  }

  async #open(): Promise<WorkerThread> {
    const thread = await this.#pool.take();
    const connection = this.#connection;
    thread.handlers = {
      sendMessage: (text: string) => connection.sendMessage(text),
      addOutput: (args: readonly unknown[]) => connection.addOutput(new AdditionalOutputs(...args)),
      clearQueue: () => connection.clearQueue(),
      close: (message?: string) => connection.close(message),
      waitForArgs: async (timeoutMs?: number) =>
        parcel(await connection.waitForArgs(timeoutMs === undefined ? {} : { timeoutMs })),
    };
    const { signal, ...context } = connection.context;
    this.#told = connection.latestArgs;
    const begin: BeginMessage = { context, latestArgs: this.#told };
    await thread.call('begin', parcel(begin));
    signal.addEventListener('abort', () => thread.notify('end', parcel(undefined)), { once: true });
    if (this.#startedUp) thread.notify('startUp', parcel({}));
    return thread;
  }

  async #call(
    method: string,
    work: WorkMessage = {},
    frame?: AudioData | VideoFrame,
  ): Promise<unknown> {
    const sent = frame === undefined ? undefined : sendFrame(frame);
    const thread = await this.#ready();
    const { latestArgs } = this.#connection;
    if (latestArgs !== this.#told) {
      this.#told = latestArgs;
      thread.notify('args', parcel(latestArgs));
    }
    const transfer: readonly TransferListItem[] = sent?.transfer ?? [];
    return thread.call(method, parcel({ ...work, frame: sent?.payload }, transfer));
  }

  async #ready(): Promise<WorkerThread> {
    const thread = await this.#thread?.catch(() => null);
    if (this.#closing === null && (thread == null || thread.closed)) {
      this.#thread = this.#open();
      return this.#thread;
    }
    if (thread == null) throw new Error('the connection has ended');
    return thread;
  }

  async #close(method?: string): Promise<void> {
    const thread = await this.#thread?.catch(() => null);
    if (thread == null) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, shutdownLimitMs);
    });
    try {
      if (method !== undefined) await Promise.race([thread.call(method, parcel({})), limit]);
    } finally {
      clearTimeout(timer);
      await thread.close();
    }
  }
}
