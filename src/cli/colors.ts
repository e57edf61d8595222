import pc from 'picocolors';

/** Functions that colour text, or leave it as it is. */
export type Colors = ReturnType<typeof pc.createColors>;

/** What decides about colours. */
export interface ColorContext {
  /** The stream to print on. */
  stream: { isTTY?: boolean };
  /** Environment variables. */
  env?: NodeJS.ProcessEnv;
  /** False when colours were declined on the command line. */
  wanted?: boolean;
}

/**
 * Whether to colour: never when declined or with `NO_COLOR`, always with `FORCE_COLOR`, else on a
 * terminal that can.
 *
 * @see {@link https://no-color.org}
 */
export function hasColors({ stream, env = process.env, wanted = true }: ColorContext): boolean {
  if (!wanted || (env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** Colours for a stream. */
export function createColors(context: ColorContext): Colors {
  return pc.createColors(hasColors(context));
}
