import { inspect } from 'node:util';

/**
 * What FrameGear asks of a logger; pino's shape, so a `pino` instance fits as it is.
 */
export interface Logger {
  /** Details for finding faults; shown with `logging`. */
  debug: LogMethod;
  /** What a user wants to see of a healthy server. */
  info: LogMethod;
  /** Something is wrong and was worked around. */
  warn: LogMethod;
  /** Something failed. */
  error: LogMethod;
  /** A logger that adds `fields` to every line. */
  child(fields: object): Logger;
}

/** Writes one line: `log('text')`, or `log({ err, ... }, 'text')` with fields, an `Error` under `err`. */
export interface LogMethod {
  /** With fields. */
  (fields: object, message: string): void;
  /** Without. */
  (message: string): void;
}

const ignore = (): void => undefined;

/** Takes everything, writes nothing: the default of embedded servers and of tests. */
export const silentLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLogger,
};

/**
 * Writes warnings and errors to the standard error output, errors with their stack, and nothing else: the default of `Stream`,
 * whose handlers are somebody's code that may fail.
 */
export const stderrLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: writeLine,
  error: writeLine,
  child: () => stderrLogger,
};

function writeLine(fieldsOrMessage: object | string, message?: string): void {
  const fields = typeof fieldsOrMessage === 'string' ? {} : fieldsOrMessage;
  const text = typeof fieldsOrMessage === 'string' ? fieldsOrMessage : (message ?? '');
  const { err, ...rest } = fields as { err?: unknown };
  const details = Object.keys(rest).length > 0 ? [inspect(rest, { breakLength: Infinity })] : [];
  if (err !== undefined) details.push(inspect(err));
  process.stderr.write(`framegear: ${[text, ...details].join(' ')}\n`);
}
