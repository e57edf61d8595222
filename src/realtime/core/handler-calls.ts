import type { Logger } from '../../logger.js';
import { runInContext } from '../handlers/context.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';
import { ownWorkMs } from '../handlers/own-work.js';
import { blockingMs, blockWatch } from './block-watch.js';

/**
 * Calls a handler: in its connection's context, with an eye on code that blocks. What a call does before its first `await` is timed
 * each time, what comes after that by {@link blockWatch}.
 */
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

  /** Has what comes after an `await` watched, too, until {@link unwatch}. */
  watch(): void {
    blockWatch.add(this.#connection, (ms) => this.#warn(this.#label, ms, ' after an await'));
  }

  /** Idempotent. */
  unwatch(): void {
    blockWatch.delete(this.#connection);
  }

  /**
   * Runs `call` and gives what it gives.
   *
   * @param method - For logs; empty for a plain function.
   * @param emission - See `runInContext`.
   */
  run<T>(method: string, call: () => T, emission: object | null = null): T {
    const began = performance.now();
    const ownMs = ownWorkMs();
    blockWatch.look(began);
    try {
      return runInContext(this.#connection, call, emission);
    } finally {
      const ms = performance.now() - began - (ownWorkMs() - ownMs);
      if (ms > blockingMs) this.#warn(this.name(method), ms);
    }
  }

  /** `Handler.method`, for logs. */
  name(method: string): string {
    return method === '' ? this.#label : `${this.#label}.${method}`;
  }

  #warn(handler: string, tookMs: number, when = ''): void {
    if (this.#warned) return;
    this.#warned = true;
    const ms = Math.round(tookMs);
    this.#logger.warn(
      { handler, ms },
      `${handler} blocked the event loop for ${ms} ms${when}, and with it every connection: ` +
        'give it as a module (loadHandler) to run it in a process of its own',
    );
  }
}
