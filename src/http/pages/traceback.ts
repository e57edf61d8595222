import type { Request } from 'express';
import { plainPage } from './plain-page.js';

const maxCauses = 5;

/** The stack of `error` and of what caused it, as text. */
export function traceback(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  while (current !== undefined && parts.length < maxCauses) {
    parts.push(describe(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join('\n\nCaused by: ');
}

/** The page that `logging` shows in place of `500.html`; never without `logging`. */
export function tracebackPage(error: unknown, request: Request): string {
  return plainPage(
    '500 Server error',
    [
      `${request.method} ${request.originalUrl}`,
      'This traceback is shown because logging is on. Without it, visitors see 500.html.',
    ],
    traceback(error),
  );
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? '';
  // nunjucks' stacks lack the message, which is where its file, line and column are
  return stack.includes(error.message) ? stack : `${error.name}: ${error.message}\n${stack}`;
}
