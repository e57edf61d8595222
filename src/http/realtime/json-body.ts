import express from 'express';
import type { Request, RequestHandler } from 'express';
import { parseTextBody } from '../routes/parsed-before.js';
import { answerDetail } from './respond.js';

/**
 * Reads a JSON body of at most `limit` bytes into `request.body`: `undefined` when there is none, text as it is when the client
 * does not call it JSON, as FastAPI does. What a parser of the application's has read already is taken.
 */
export function readJsonBody(limit: number): RequestHandler[] {
  const readText = express.text({ limit, type: () => true });
  return [
    (request, response, next) => {
      if (isUnread(request)) readText(request, response, next);
      else next();
    },
    (request, response, next) => {
      const body = request.body as unknown;
      if (body === '') {
        request.body = undefined;
        next();
        return;
      }
      if (typeof body === 'string' && !isJson(request)) {
        next();
        return;
      }
      try {
        request.body = parseTextBody(body);
      } catch (error) {
        answerDetail(response, 422, [invalidJson(error)]);
        return;
      }
      next();
    },
  ];
}

/** True while nobody has read the body. The parsers of Express 4 leave `{}` behind where they read nothing. */
export function isUnread(request: Request): boolean {
  const body = request.body as unknown;
  if (body === undefined) return true;
  const { _body: wasRead = false } = request as { _body?: boolean };
  return !wasRead && typeof body === 'object' && body !== null && isEmpty(body);
}

function isEmpty(body: object): boolean {
  return !Buffer.isBuffer(body) && Object.keys(body).length === 0;
}

/** A body without a type is taken for JSON. */
function isJson({ headers }: Request): boolean {
  const [type = ''] = (headers['content-type'] ?? 'application/json').split(';');
  return /^application\/([\w.-]+\+)?json$/i.test(type.trim());
}

/** FastAPI's words for it. */
function invalidJson(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
  return {
    type: 'json_invalid',
    loc: ['body', position],
    msg: 'JSON decode error',
    input: {},
    ctx: { error: message },
  };
}

/** A field that is missing or of the wrong type, in FastAPI's words. */
export function fieldFault(
  place: 'body' | 'query',
  field: string,
  input: unknown,
  whole: unknown,
): object {
  const loc = [place, field];
  return input === undefined
    ? { type: 'missing', loc, msg: 'Field required', input: whole }
    : { type: 'string_type', loc, msg: 'Input should be a valid string', input };
}
