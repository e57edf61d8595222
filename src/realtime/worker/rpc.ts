import type { MessagePort, TransferListItem, Worker } from 'node:worker_threads';
import { StreamError } from '../../errors.js';
import { WebRTCError } from '../handlers/webrtc-error.js';

/** An error as it crosses threads: classes of ours do not survive the crossing by themselves. */
interface SentError {
  name: string;
  message: string;
  stack: string | undefined;
}

type Envelope =
  | { kind: 'call'; id: number; method: string; payload: unknown }
  | { kind: 'notice'; method: string; payload: unknown }
  | { kind: 'result'; id: number; payload: unknown }
  | { kind: 'failure'; id: number; error: SentError };

/** A value with the memory that goes over with it instead of being copied. */
export interface Parcel {
  readonly payload: unknown;
  readonly transfer: readonly TransferListItem[];
}

/** Answers the calls of the other side; a notice's result is thrown away. */
export type RpcHandler = (payload: never) => Parcel | void | Promise<Parcel | void>;

/** A parcel without memory of its own. */
export function parcel(payload: unknown, transfer: readonly TransferListItem[] = []): Parcel {
  return { payload, transfer };
}

/** Calls and notices between two threads, both ways, over a message port. Whoever makes the port closes it. */
export class Rpc {
  readonly #port: MessagePort | Worker;
  readonly #handlers: Readonly<Record<string, RpcHandler>>;
  readonly #pending: Map<
    number,
    { resolve: (value: never) => void; reject: (reason: unknown) => void }
  > = new Map();
  #lastId = 0;
  #ended: Error | null = null;

  constructor(port: MessagePort | Worker, handlers: Readonly<Record<string, RpcHandler>>) {
    this.#port = port;
    this.#handlers = handlers;
    port.on('message', (envelope: Envelope) => {
      this.#take(envelope);
    });
  }

  /**
   * Has the other side do something, and waits for its result.
   *
   * @throws What the other side threw: a `WebRTCError` as one, with the stack of the other side; the reason of
   *   {@link end} when that comes first.
   */
  call<T>(method: string, { payload, transfer }: Parcel): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended);
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      try {
        this.#post({ kind: 'call', id, method, payload }, transfer);
      } catch (error) {
        this.#pending.delete(id);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Tells the other side something. */
  notify(method: string, { payload, transfer }: Parcel): void {
    if (this.#ended === null) this.#post({ kind: 'notice', method, payload }, transfer);
  }

  /** Rejects what is under way and all that follows; the port stays the caller's. */
  end(reason: Error): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  #post(envelope: Envelope, transfer: readonly TransferListItem[]): void {
    this.#port.postMessage(envelope, [...transfer]);
  }

  #take(envelope: Envelope): void {
    if (envelope.kind === 'result' || envelope.kind === 'failure') {
      const waiting = this.#pending.get(envelope.id);
      this.#pending.delete(envelope.id);
      if (envelope.kind === 'result') waiting?.resolve(envelope.payload as never);
      else waiting?.reject(receiveError(envelope.error));
      return;
    }
    void this.#run(envelope);
  }

  async #run(envelope: Extract<Envelope, { kind: 'call' | 'notice' }>): Promise<void> {
    try {
      const handler = this.#handlers[envelope.method];
      if (handler === undefined) throw new TypeError(`nothing here does "${envelope.method}"`);
      const result = (await handler(envelope.payload as never)) ?? parcel(undefined);
      if (envelope.kind === 'notice' || this.#ended !== null) return;
      const { payload, transfer } = result;
      this.#post({ kind: 'result', id: envelope.id, payload }, transfer);
    } catch (error) {
      if (envelope.kind === 'notice' || this.#ended !== null) return;
      this.#post({ kind: 'failure', id: envelope.id, error: sendError(error) }, []);
    }
  }
}

function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined };
  }
  return { name: error.name, message: error.message, stack: error.stack };
}

function receiveError({ name, message, stack }: SentError): Error {
  const error =
    name === 'WebRTCError'
      ? new WebRTCError(message)
      : new StreamError(message, { code: 'handler-error' });
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
