import { STATUS_CODES } from 'node:http';
import type { Request, Response } from 'express';
import {
  InvalidStateError,
  LimitExceededError,
  NegotiationError,
  SourceError,
  StreamError,
} from '../errors.js';
import type { Logger } from '../logger.js';
import type { PageRenderer } from './pages/page-renderer.js';
import { plainPage } from './pages/plain-page.js';
import { traceback, tracebackPage } from './pages/traceback.js';

/** Every HTTP status by the `code` of the error that leads to it. */
const statusByCode: Readonly<Record<string, number>> = {
  'not-found': 404,
  'method-not-allowed': 405,
  'body-missing': 400,
  'invalid-json': 400,
  'invalid-offer': 400,
  'invalid-parameter': 400,
  'body-too-large': 413,
  'too-large': 413,
  'unsupported-media-type': 415,
  'no-common-codec': 406,
  'server-closing': 503,
};

/** The same for body-parser's error types, with our names for them. */
const bodyErrors: Readonly<Record<string, { status: number; code: string; message: string }>> = {
  'entity.too.large': { status: 413, code: 'body-too-large', message: 'The body is too large' },
  'entity.parse.failed': {
    status: 400,
    code: 'invalid-json',
    message: 'The body is no valid JSON',
  },
  'charset.unsupported': {
    status: 415,
    code: 'unsupported-media-type',
    message: 'The character set of the body is not supported',
  },
  'encoding.unsupported': {
    status: 415,
    code: 'unsupported-media-type',
    message: 'The encoding of the body is not supported',
  },
};

/** What passes: the client is told to come back. */
const passing = new Set(['server-closing', 'worker-lost']);
/** Seconds after which a client that met a full or closing server should try again, where the error does not say. */
const retryAfterSeconds = 10;
/** These are answered in JSON whatever the client says it accepts. */
const apiPaths = new Set(['/offer', '/close_connection']);
/** What a route may have announced about the body it then failed to send. */
const bodyHeaders = [
  'Content-Encoding',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Last-Modified',
];

interface Fault {
  status: number;
  code: string;
  /** Fit for strangers. */
  message: string;
  headers: Record<string, string>;
}

/** What {@link createErrorResponder} needs. */
export interface ErrorResponderOptions {
  /** Shows tracebacks to clients. */
  logging: boolean;
  logger: Logger;
  renderer: PageRenderer;
}

/** Answers a request that failed; never rejects. */
export type ErrorResponder = (
  error: unknown,
  request: Request,
  response: Response,
) => Promise<void>;

/**
 * Makes the one place where a failure becomes an HTTP answer: JSON `{ error: { code, message } }` for
 * `/offer`, `/close_connection` and whoever asks for JSON; `404.html` and `500.html` for browsers.
 */
export function createErrorResponder(options: ErrorResponderOptions): ErrorResponder {
  return async (error, request, response) => {
    const fault = faultOf(error);
    logFault(options.logger, fault, error, request);
    // drain what the client still sends, or it may never come to read the answer
    request.resume();
    if (response.headersSent) {
      request.socket.destroy();
      return;
    }
    for (const name of bodyHeaders) response.removeHeader(name);
    response.status(fault.status).set({ 'Cache-Control': 'no-cache', ...fault.headers });
    switch (formatFor(request)) {
      case 'json':
        response.json(jsonBody(fault, error, options.logging));
        break;
      case 'html':
        await sendPage(fault, error, request, response, options);
        break;
      default:
        response.type('text').send(`${fault.status} ${fault.message}\n`);
    }
  };
}

/** Decides status, code and public message. What we do not know is a 500 that tells nothing. */
function faultOf(error: unknown): Fault {
  const fault = (status: number, code: string, message: string, headers = {}): Fault => ({
    status,
    code,
    message,
    headers,
  });
  if (error instanceof StreamError) {
    if (error instanceof LimitExceededError || passing.has(error.code)) {
      const seconds = error instanceof LimitExceededError ? error.retryAfterSeconds : null;
      const headers = { 'Retry-After': String(seconds ?? retryAfterSeconds) };
      return fault(503, error.code, error.message, headers);
    }
    if (error instanceof InvalidStateError) {
      return fault(503, 'server-closing', 'The server is closing', {
        'Retry-After': String(retryAfterSeconds),
      });
    }
    const status =
      statusByCode[error.code] ??
      (error instanceof NegotiationError ? 400 : error instanceof SourceError ? 503 : undefined);
    const allow = 'allow' in error && Array.isArray(error.allow) ? error.allow.join(', ') : '';
    if (status !== undefined) {
      return fault(status, error.code, error.message, allow === '' ? {} : { Allow: allow });
    }
  }
  return foreignFault(error) ?? fault(500, 'internal-error', 'The server failed on this request');
}

/** Errors in the manner of Express, body-parser and http-errors: they carry their own status. */
function foreignFault(error: unknown): Fault | undefined {
  if (error === null || typeof error !== 'object') return undefined;
  const { type, code, status, statusCode, expose, message } = error as Record<string, unknown>;
  const known = typeof type === 'string' ? bodyErrors[type] : undefined;
  if (known) return { ...known, headers: {} };
  const number = status ?? statusCode;
  // body-parser passes zlib's error on as it is
  if (number === 400 && typeof code === 'string' && /^(Z_|ERR__|ERR_BROTLI)/.test(code)) {
    const broken = 'The body cannot be decompressed';
    return { status: 400, code: 'invalid-json', message: broken, headers: {} };
  }
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
  if (number < 400 || number > 599) return undefined;
  const name = STATUS_CODES[number] ?? 'Error';
  const shown = expose === true || (expose === undefined && number < 500);
  return {
    status: number,
    code: number === 500 ? 'internal-error' : name.toLowerCase().replace(/[^a-z]+/g, '-'),
    message: shown && typeof message === 'string' && message !== '' ? message : name,
    headers: {},
  };
}

function formatFor(request: Request): 'html' | 'json' | 'text' {
  if (apiPaths.has(request.path.toLowerCase().replace(/\/$/, ''))) return 'json';
  const accepted = request.accepts(['html', 'json', 'text']);
  return accepted === 'html' || accepted === 'json' ? accepted : 'text';
}

function jsonBody(fault: Fault, error: unknown, logging: boolean): object {
  const { code, message } = fault;
  if (fault.status !== 500 || !logging) return { error: { code, message } };
  return { error: { code, message, traceback: traceback(error).split('\n') } };
}

async function sendPage(
  fault: Fault,
  error: unknown,
  request: Request,
  response: Response,
  options: ErrorResponderOptions,
): Promise<void> {
  const html = await errorPage(fault, error, request, options).catch((broken: unknown) => {
    // 404.html or 500.html itself is broken
    options.logger.error(
      { err: broken, template: `${fault.status}` },
      'error page failed to render',
    );
    response.status(500);
    return options.logging
      ? tracebackPage(broken, request)
      : plainPage('500 Server error', ['The server failed on this request.']);
  });
  response.type('html').send(html);
}

async function errorPage(
  fault: Fault,
  error: unknown,
  request: Request,
  { logging, renderer }: ErrorResponderOptions,
): Promise<string> {
  const { status, code, message } = fault;
  if (status === 500 && logging) return tracebackPage(error, request);
  if (status !== 404 && status < 500) {
    return plainPage(`${status} ${STATUS_CODES[status] ?? 'Error'}`, [message]);
  }
  const template = status === 404 ? '404.html' : '500.html';
  return renderer.render(template, request, { status, error: { code, message } });
}

function logFault(logger: Logger, fault: Fault, error: unknown, request: Request): void {
  const fields = { method: request.method, path: request.path, status: fault.status };
  if (fault.status >= 500 && fault.status !== 503) {
    logger.error({ ...fields, err: error }, 'request failed');
  } else {
    logger.debug({ ...fields, code: fault.code, reason: fault.message }, 'request refused');
  }
}
