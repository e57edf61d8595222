import { optionTable } from '../config/option-table.js';
import { StreamError } from '../errors.js';
import { ModuleLoadError } from '../util/module-source.js';
import type { Colors } from './colors.js';
import { ExpectedError } from './expected-error.js';
import { UsageError } from './usage-error.js';

/** How an error is told, and what the process ends with. */
export interface FatalReport {
  /** Lines for stderr, without a last line break. */
  text: string;
  /** 2: the command was typed wrongly; 1: anything else. */
  exitCode: 1 | 2;
}

/**
 * An error as one line that says what happened, with a hint below where one helps.
 *
 * @param options.stack - Adds the stack.
 */
export function reportFatal(
  error: unknown,
  { stack, colors }: { stack: boolean; colors: Colors },
): FatalReport {
  const usage = isUsage(error);
  const lines = [`${colors.red('error:')} ${firstLine(error)}`];
  if (usage) lines.push('Run framegear --help to see every option.');
  else if (stack) lines.push(stackOf(error));
  else if (!isExpected(error)) lines.push('Run it again with --logging for details.');
  return { text: lines.join('\n'), exitCode: usage ? 2 : 1 };
}

/** Wrong options, wherever they were found: who refuses one names it first. */
function isUsage(error: unknown): boolean {
  if (error instanceof UsageError) return true;
  if (!(error instanceof TypeError || error instanceof RangeError)) return false;
  const field = /^(\w+)[^\s:]*: /.exec(error.message)?.[1];
  return field !== undefined && Object.hasOwn(optionTable, field);
}

/** Errors whose message is all there is to say. */
function isExpected(error: unknown): boolean {
  return (
    error instanceof StreamError ||
    error instanceof ModuleLoadError ||
    error instanceof ExpectedError
  );
}

function firstLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error).split('\n', 1)[0] ?? '';
  const message = error.message.split('\n', 1)[0] ?? '';
  // What a built-in error says often means little without its kind.
  const plain = error.name === 'Error' || isExpected(error) || isUsage(error);
  return plain && message !== '' ? message : `${error.name}: ${message}`.replace(/: $/, '');
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
