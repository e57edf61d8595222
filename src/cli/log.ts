import pino from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Logger } from '../logger.js';
import { StreamError } from '../errors.js';

/** What {@link createLog} takes. */
export interface LogOptions {
  /** The least important lines to write. */
  level: 'error' | 'warn' | 'info' | 'debug';
  /** Whether lines are coloured. */
  color: boolean;
  /** Takes finished lines. */
  write: (line: string) => void;
}

/**
 * A log for people: `12:30:01 warn  message  key=value`, one line each. An error adds its message;
 * its stack follows when it is not one of ours, whose message says it all, and always with `debug`.
 */
export function createLog({ level, color, write }: LogOptions): Logger {
  const pretty = prettyFactory({
    colorize: color,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    hideObject: true,
    customColors: 'error:red,warn:yellow,info:green,debug:blue,message:reset',
    messageFormat: (line, messageKey) => formatMessage(line, messageKey),
  });
  return pino(
    {
      level,
      base: null,
      serializers: { err: (error: unknown) => describeError(error, level === 'debug') },
    },
    { write: (line: string) => write(pretty(line)) },
  );
}

interface DescribedError {
  message: string;
  stack?: string;
}

function describeError(error: unknown, withStack: boolean): DescribedError {
  if (!(error instanceof Error)) return { message: String(error) };
  const described: DescribedError = { message: error.message };
  if (error.stack !== undefined && (withStack || !(error instanceof StreamError))) {
    described.stack = error.stack;
  }
  return described;
}

function formatMessage(line: Record<string, unknown>, messageKey: string): string {
  const { [messageKey]: text = '', err, level: _level, time: _time, ...fields } = line;
  const message = text as string;
  const parts = [message];
  const error = err as DescribedError | undefined;
  if (error !== undefined && !message.includes(error.message)) {
    parts[0] += `: ${error.message}`;
  }
  for (const [name, value] of Object.entries(fields)) parts.push(`${name}=${fieldText(value)}`);
  // What a viewer sent may be in it: no line breaks, and no codes for the terminal.
  const told = parts.join('  ').replace(/\s*\p{Cc}+\s*/gu, ' ');
  return error?.stack === undefined ? told : `${told}\n${indent(error.stack)}`;
}

function fieldText(value: unknown): string {
  return typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value);
}

function indent(stack: string): string {
  return stack.replace(/^/gm, '    ');
}
