import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from '../../logger.js';

/** Answers in FastAPI's words: `{ "detail": ... }`. Nothing that we answer may be kept by a cache. */
export function answerDetail(response: Response, status: number, detail: unknown): void {
  response.status(status).set('Cache-Control', 'no-store').json({ detail });
}

/** Answers a request that is right but cannot be fulfilled, as FastRTC does. */
export function answerFailed(response: Response, error: string, status: number = 200): void {
  response
    .status(status)
    .set('Cache-Control', 'no-store')
    .json({ status: 'failed', meta: { error } });
}

/** The last handler of a path: tells `OPTIONS` the methods, refuses the others. */
export function allowMethods(...methods: string[]): RequestHandler {
  return (request, response) => {
    response.set('Allow', methods.join(', '));
    if (request.method === 'OPTIONS') response.status(204).end();
    else answerDetail(response, 405, 'Method Not Allowed');
  };
}

/** Errors of our own routes and of the reading of bodies; those of the application are its own affair. */
export function errorResponder(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    // What the client still sends is drained, or it may never come to read the answer.
    request.resume();
    const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown };
    const code = status ?? statusCode;
    if (typeof code === 'number' && code >= 400 && code < 500) {
      answerDetail(response, code, clientFaults[code] ?? 'Bad Request');
      return;
    }
    logger.error({ err: error, method: request.method, path: request.path }, 'request failed');
    answerDetail(response, 500, 'Internal Server Error');
  };
}

const clientFaults: Readonly<Record<number, string>> = {
  404: 'Not Found',
  413: 'Request body too large',
  415: 'Unsupported encoding of the request body',
};
