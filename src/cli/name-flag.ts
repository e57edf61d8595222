import { ExpectedError } from './expected-error.js';
import { flagOf } from './typed-options.js';
import type { TypedOptions } from './typed-options.js';
import { UsageError } from './usage-error.js';

/**
 * What the parts say of an option (`colorspace: expected ...`), with the flag in place of the name
 * where the option was typed. Any other error as it is.
 */
export function nameFlag(error: unknown, { options }: TypedOptions): unknown {
  if (!(error instanceof Error)) return error;
  const name = /^(\w+)[^\s:]*: /.exec(error.message)?.[1];
  if (name === undefined || !Object.hasOwn(options, name)) return error;
  const message = flagOf(name) + error.message.slice(name.length);
  const wrong = error instanceof TypeError || error instanceof RangeError;
  return new (wrong ? UsageError : ExpectedError)(message, { cause: error });
}
