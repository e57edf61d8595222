import { StreamError } from '../../errors.js';
import { WebRTCError } from '../handlers/webrtc-error.js';

/** An error as it crosses processes: classes of ours do not survive the crossing by themselves. */
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

/** Answers the calls of the other side; a notice's result is thrown away. */
export type RpcHandler = (payload: never) => unknown;

/** Calls and notices between two processes, both ways. What comes in is given to {@link take}. */
export class Rpc {
  readonly #send: (message: Envelope) => void;
  readonly #handlers: Readonly<Record<string, RpcHandler>>;
  readonly #pending: Map<
    number,
    { resolve: (value: never) => void; reject: (reason: unknown) => void }
  > = new Map();
  #lastId = 0;
  #ended: Error | null = null;

  constructor(send: (message: Envelope) => void, handlers: Readonly<Record<string, RpcHandler>>) {
    this.#send = send;
    this.#handlers = handlers;
  }

  /**
   * Has the other side do something, and waits for its result.
   *
   * @throws What the other side threw: a `WebRTCError` as one, with the stack of the other side; the reason of
   *   {@link end} when that comes first.
   */
  call<T>(method: string, payload: unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended);
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      try {
        this.#send({ kind: 'call', id, method, payload });
      } catch (error) {
        this.#pending.delete(id);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Tells the other side something. */
  notify(method: string, payload: unknown): void {
    if (this.#ended === null) this.#send({ kind: 'notice', method, payload });
  }

  /** Rejects what is under way and all that follows. */
  end(reason: Error): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  /** A message of the other side. */
  take(message: unknown): void {
    const envelope = message as Envelope;
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
      const payload: unknown = await handler(envelope.payload as never);
      if (envelope.kind === 'notice' || this.#ended !== null) return;
      this.#send({ kind: 'result', id: envelope.id, payload });
    } catch (error) {
      if (envelope.kind === 'notice' || this.#ended !== null) return;
      this.#send({ kind: 'failure', id: envelope.id, error: sendError(error) });
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
