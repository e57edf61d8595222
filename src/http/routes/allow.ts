import type { RequestHandler } from 'express';
import { RequestError } from '../request-error.js';

/** The last handler of a route: `OPTIONS` learns the methods, any other method gets 405. */
export function allowOnly(...methods: string[]): RequestHandler {
  return (request, response, next) => {
    if (request.method === 'OPTIONS') {
      response.status(204).set('Allow', methods.join(', ')).end();
      return;
    }
    const message = `${request.method} is not allowed here; use ${methods.join(' or ')}`;
    next(new RequestError('method-not-allowed', message, methods));
  };
}
