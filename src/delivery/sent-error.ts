import {
  InvalidStateError,
  LimitExceededError,
  NegotiationError,
  NotSupportedError,
  StreamError,
} from '../errors.js';

/** An error on its way to another thread: classes of ours do not survive that by themselves. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly stack: string | undefined;
}

/** For `postMessage`. */
export function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), code: '', stack: undefined };
  }
  const { name, message, stack } = error;
  const code = error instanceof StreamError ? error.code : '';
  return { name, message, code, stack };
}

/** The same error, of the same class where it is one of ours or a wrong argument's. */
export function receiveError({ name, message, code, stack }: SentError): Error {
  const error = create(name, message, code);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function create(name: string, message: string, code: string): Error {
  switch (name) {
    case 'TypeError':
      return new TypeError(message);
    case 'RangeError':
      return new RangeError(message);
    case 'InvalidStateError':
      return new InvalidStateError(message);
    case 'LimitExceededError':
      return new LimitExceededError(message, { code });
    case 'NegotiationError':
      return new NegotiationError(message, { code });
    case 'NotSupportedError':
      return new NotSupportedError(message, { code });
    default:
      return new StreamError(message, { code: code === '' ? 'worker-error' : code });
  }
}
