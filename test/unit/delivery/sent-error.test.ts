import { describe, expect, it } from 'vitest';
import { receiveError, sendError } from '../../../src/delivery/sent-error.js';
import {
  EncodingError,
  InvalidStateError,
  LimitExceededError,
  NegotiationError,
  NotSupportedError,
  StreamError,
} from '../../../src/errors.js';

describe('errors on their way to another thread', () => {
  it.each([
    new TypeError('a'),
    new RangeError('b'),
    new InvalidStateError('c'),
    new LimitExceededError('d', { code: 'no-free-port' }),
    new NegotiationError('e', { code: 'invalid-sdp' }),
    new NotSupportedError('f', { code: 'too-old' }),
  ])('keep their class, code and stack: %o', (error) => {
    const received = receiveError(structuredClone(sendError(error)));
    expect(received.constructor).toBe(error.constructor);
    expect(received).toEqual(error);
    expect(received.stack).toBe(error.stack);
    if (error instanceof StreamError) expect(received).toMatchObject({ code: error.code });
  });

  it.each([
    [new Error('odd'), 'worker-error', 'odd'],
    [new EncodingError('odd'), 'encoding-failed', 'odd'],
    ['text', 'worker-error', 'text'],
  ])('are StreamErrors otherwise: %o', (error, code, message) => {
    const received = receiveError(structuredClone(sendError(error)));
    expect(received).toBeInstanceOf(StreamError);
    expect(received).toMatchObject({ code, message });
  });
});
