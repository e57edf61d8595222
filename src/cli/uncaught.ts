import { inspect } from 'node:util';
import { StreamError } from '../errors.js';
import type { Logger } from '../logger.js';
import { LogLimit } from '../util/log-limit.js';

/** What becomes of errors that nobody caught. */
export interface UncaughtErrors {
  /** From here on they are logged, with their stack, and the process goes on. */
  readonly survive: (logger: Logger) => void;
}

/**
 * Listens for exceptions and rejections that nobody caught. At first they are fatal: the start has
 * failed. Once viewers may be there, they come from a user's module (a promise nobody awaits, a timer
 * that throws), and one such mistake must not send every viewer away.
 *
 * @param onFatal - Ends the process.
 */
export function listenForUncaught(onFatal: (error: unknown) => void): UncaughtErrors {
  let handle = onFatal;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => handle(error));
  }
  return {
    survive(logger): void {
      const limit = new LogLimit((suppressed, err) => report(logger, err, suppressed));
      handle = (error) => limit.note(error);
    },
  };
}

function report(logger: Logger, thrown: unknown, suppressed: number): void {
  const err = withStack(thrown);
  const more = suppressed > 0 ? ` (and ${suppressed} more)` : '';
  logger.error(
    { err, ...(suppressed > 0 && { suppressed }) },
    `nobody caught an error, the server goes on: ${err.message}${more}`,
  );
}

/** The log leaves out the stack of our own errors; here it is all there is to find the place by. */
function withStack(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error(`threw ${inspect(thrown)}`);
  if (!(thrown instanceof StreamError)) return thrown;
  const plain = new Error(thrown.message, { cause: thrown });
  if (thrown.stack !== undefined) plain.stack = thrown.stack;
  return plain;
}
