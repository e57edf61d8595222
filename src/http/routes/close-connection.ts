import express from 'express';
import type { RequestHandler } from 'express';
import { RequestError } from '../request-error.js';
import { parseTextBody } from './parsed-before.js';

/**
 * Closes the viewers in one-viewer mode. Gets the number that was sent: pages send `1` when they are
 * left, `0` to keep the viewers and only reset the clock.
 *
 * @returns `OK` after a reset, `DISABLED` in live-broadcast mode.
 */
export type CloseConnectionHandler = (parameter: number) => Promise<'OK' | 'DISABLED'>;

/**
 * Handlers of `POST /close_connection`. The number comes with any content type: axios calls it a
 * form, `sendBeacon` plain text.
 */
export function closeConnectionHandlers(close: CloseConnectionHandler): RequestHandler[] {
  return [
    express.text({ limit: 1024, type: () => true }),
    async (request, response) => {
      const result = await close(readNumber(request.body));
      response.set('Cache-Control', 'no-store').type('text').send(result);
    },
  ];
}

function readNumber(body: unknown): number {
  let value: unknown = body;
  // a user's own form parser may have been here first: '1' became { 1: '' }
  if (value !== null && typeof value === 'object' && !Buffer.isBuffer(value)) {
    const [key, ...more] = Object.keys(value);
    value = more.length === 0 ? key : undefined;
  }
  try {
    value = parseTextBody(value);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'number') {
    throw new RequestError('invalid-parameter', 'The body must be a JSON number, 0 or 1');
  }
  return value;
}
