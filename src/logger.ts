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
