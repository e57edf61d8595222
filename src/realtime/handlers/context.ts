import { AsyncLocalStorage } from 'node:async_hooks';
import { InvalidStateError } from '../../errors.js';
import type { ConnectionContext, HandlerConnection } from './handler-connection.js';

const current: AsyncLocalStorage<HandlerConnection> = new AsyncLocalStorage();

/** Runs code of a handler as being at work for `connection`, as well as everything it goes on to await. */
export function runInContext<T>(connection: HandlerConnection, work: () => T): T {
  return current.run(connection, work);
}

/** The connection that the running code works for. @throws {InvalidStateError} outside a handler's calls. */
export function currentConnection(): HandlerConnection {
  const connection = current.getStore();
  if (connection === undefined) {
    throw new InvalidStateError('there is no current connection outside the calls of a handler');
  }
  return connection;
}

/**
 * Who the running handler is at work for; works in functions and generators too, and after `await`.
 *
 * @throws {InvalidStateError} outside a handler's calls.
 */
export function getCurrentContext(): ConnectionContext {
  return currentConnection().context;
}
