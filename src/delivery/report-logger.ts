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
      const isPlain = value === null || typeof value !== 'object' || value instanceof Error;
      if (isPlain && typeof value !== 'function' && typeof value !== 'symbol') return [name, value];
      return [name, inspect(value, { breakLength: Number.POSITIVE_INFINITY })];
    }),
  );
}
