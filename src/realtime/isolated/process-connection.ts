import type {
  ConnectionContext,
  HandlerConnection,
  WaitOptions,
} from '../handlers/handler-connection.js';
import type { AdditionalOutputs } from '../handlers/outputs.js';
import type { BeginMessage } from './protocol.js';
import type { Rpc } from './rpc.js';

/** A connection as the handler in a processes of their own sees it; the real one is on the other side. */
export class ProcessConnection implements HandlerConnection {
  readonly context: ConnectionContext;
  latestArgs: readonly unknown[] | null;
  queuedAudioMs = 0;
  readonly #rpc: Rpc;
  readonly #ending: AbortController = new AbortController();

  constructor(rpc: Rpc, { context, latestArgs }: BeginMessage) {
    this.#rpc = rpc;
    this.context = { ...context, signal: this.#ending.signal };
    this.latestArgs = latestArgs;
  }

  get phoneMode(): boolean {
    return this.context.transport === 'telephone';
  }

  sendMessage(message: string | object): void {
    const text =
      typeof message === 'string' ? message : (JSON.stringify(message) as string | undefined);
    if (text === undefined) throw new TypeError('message: expected text or what JSON can write');
    this.#rpc.notify('sendMessage', text);
  }

  async waitForArgs({ timeoutMs, signal }: WaitOptions = {}): Promise<readonly unknown[]> {
    signal?.throwIfAborted();
    const waiting = this.#rpc.call<readonly unknown[]>('waitForArgs', timeoutMs);
    if (signal === undefined) return waiting;
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    return Promise.race([waiting, aborted]);
  }

  addOutput({ args }: AdditionalOutputs): void {
    this.#rpc.notify('addOutput', args);
  }

  clearQueue(): void {
    this.queuedAudioMs = 0;
    this.#rpc.notify('clearQueue', undefined);
  }

  close(message?: string): void {
    this.#rpc.notify('close', message);
  }

  /** Aborts the context's signal. */
  end(): void {
    this.#ending.abort(new Error('the connection has ended'));
  }
}
