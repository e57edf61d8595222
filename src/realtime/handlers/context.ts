import { AsyncLocalStorage } from 'node:async_hooks';
import { InvalidStateError } from '../../errors.js';
import { warningMessage } from '../wire.js';
import type { ConnectionContext, HandlerConnection } from './handler-connection.js';

interface Scope {
  readonly connection: HandlerConnection;
  readonly emission: object | null;
}

const scopes: AsyncLocalStorage<Scope | undefined> = new AsyncLocalStorage();

/**
 * Runs code of a handler as being at work for `connection`, as well as everything it goes on to await.
 *
 * @param emission - Stands for one call of `emit`, so that code can be told to be part of it. Default `null`.
 */
export function runInContext<T>(
  connection: HandlerConnection,
  work: () => T,
  emission: object | null = null,
): T {
  return scopes.run({ connection, emission }, work);
}

/** @internal The call of `emit` that the running code is part of. */
export function currentEmission(): object | null {
  return scopes.getStore()?.emission ?? null;
}

/** @internal The connection that the running code works for; `null` outside a handler's calls. */
export function workingFor(): HandlerConnection | null {
  return scopes.getStore()?.connection ?? null;
}

/** @internal Runs what is not for one connection, though one of them has caused it, as well as everything it goes on to await. */
export function runForAll<T>(work: () => T): T {
  return scopes.run(undefined, work);
}

/**
 * The connection that the running code works for: for functions and generators, which have no `this.connection`.
 *
 * @throws {InvalidStateError} outside a handler's calls.
 */
export function currentConnection(): HandlerConnection {
  const scope = scopes.getStore();
  if (scope === undefined) {
    throw new InvalidStateError('there is no current connection outside the calls of a handler');
  }
  return scope.connection;
}

/**
 * Who the running handler is at work for; works in functions and generators too, and after `await`.
 *
 * @throws {InvalidStateError} outside a handler's calls.
 */
export function getCurrentContext(): ConnectionContext {
  return currentConnection().context;
}

/**
 * Shows a warning to the client that the running handler is at work for; nothing is thrown or ended.
 *
 * @throws {InvalidStateError} outside a handler's calls.
 */
export function Warning(text: string): void {
  currentConnection().sendMessage(warningMessage(text));
}

/**
 * Sends text verbatim, or a value as JSON, to the client that the running handler is at work for.
 *
 * @throws {InvalidStateError} outside a handler's calls. {TypeError} when `message` cannot be written as JSON.
 */
export function sendMessage(message: string | object): void {
  currentConnection().sendMessage(message);
}
