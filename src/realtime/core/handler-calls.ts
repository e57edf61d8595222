import type { Logger } from '../../logger.js';
import { runInContext } from '../handlers/context.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';

/** Synchronous code of a handler that runs longer than this, in ms, holds everybody up. */
const blockingMs = 100;

/** Calls a handler: in its connection's context, with an eye on code that blocks. */
export class HandlerCalls {
  readonly #connection: HandlerConnection;
  readonly #label: string;
  readonly #logger: Logger;
  #warned = false;

  /** @param label - What logs call the handler. */
  constructor(connection: HandlerConnection, label: string, logger: Logger) {
    this.#connection = connection;
    this.#label = label;
    this.#logger = logger;
  }

  /**
   * Runs `call` and gives what it gives.
   *
   * @param method - For logs; empty for a plain function.
   * @param emission - See `runInContext`.
   */
  run<T>(method: string, call: () => T, emission: object | null = null): T {
    const began = performance.now();
    try {
      return runInContext(this.#connection, call, emission);
    } finally {
      const ms = performance.now() - began;
      if (ms > blockingMs) this.#warn(method, Math.round(ms));
    }
  }

  /** `Handler.method`, for logs. */
  name(method: string): string {
    return method === '' ? this.#label : `${this.#label}.${method}`;
  }

  #warn(method: string, ms: number): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#logger.warn(
      { handler: this.name(method), ms },
      `${this.name(method)} blocked the event loop for ${ms} ms, and with it every connection: ` +
        'give it as a module (loadHandler) to run it in a process of its own',
    );
  }
}
