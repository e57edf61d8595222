import { inspect } from 'node:util';
import type { LogMethod, Logger } from '../logger.js';
import type { HostReport } from './protocol.js';

type LogReport = Extract<HostReport, { kind: 'log' }>;

/** A logger in a worker: its lines are written by the main thread's. */
export function createReportLogger(report: (line: LogReport) => void, fields: object = {}): Logger {
  const at =
    (level: LogReport['level']): LogMethod =>
    (first: object | string, text?: string): void => {
      const own = typeof first === 'string' ? {} : first;
      const message = typeof first === 'string' ? first : (text ?? '');
      report({ kind: 'log', level, fields: plain({ ...fields, ...own }), message });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => createReportLogger(report, { ...fields, ...more }),
  };
}

/** Errors and plain values go over as they are, all else as text. */
function plain(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => {
      const isPlain =
        value === null || !/^(object|function|symbol)$/.test(typeof value) || isSendable(value);
      return [name, isPlain ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY })];
    }),
  );
}

/** An error may be caused by anything: what cannot go over would end the thread. */
function isSendable(value: unknown): boolean {
  if (!(value instanceof Error)) return false;
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
