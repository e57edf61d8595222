/**
 * What FrameGear asks of a logger; pino's shape, so a `pino` instance fits as it is.
 * The first argument may be an object of fields, an `Error` under `err`.
 */
export interface Logger {
  /** Details for finding faults; shown with `logging`. */
  debug(fields: object, message: string): void;
  debug(message: string): void;
  /** What a user wants to see of a healthy server. */
  info(fields: object, message: string): void;
  info(message: string): void;
  /** Something is wrong and was worked around. */
  warn(fields: object, message: string): void;
  warn(message: string): void;
  /** Something failed. */
  error(fields: object, message: string): void;
  error(message: string): void;
  /** A logger that adds `fields` to every line. */
  child(fields: object): Logger;
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
