import { StreamError } from '../../errors.js';
import { ConnectionRefusedError } from '../core/refused-error.js';

/** What a client reads in `meta` of `{"status":"failed","meta":{...}}`. */
export interface Refusal {
  /** The name of what is wrong. */
  readonly error: string;
  /** With `concurrency_limit_reached`: how many places there are. */
  readonly limit?: number;
  /** For people; not with FastRTC's own errors. */
  readonly message?: string;
}

/** A `start` event that asks for what the stream does not have, or came as it closed. */
export class RefusedStartError extends StreamError {
  constructor(
    code: 'unsupported_format' | 'unsupported_modality' | 'stream_closed',
    message: string,
  ) {
    super(message, { code });
  }
}

/** What a client is told when it gets no place; `null` when `error` is no refusal but a fault. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof RefusedStartError) return { error: error.code, message: error.message };
  if (!(error instanceof ConnectionRefusedError)) return null;
  return error.limit === null ? { error: error.code } : { error: error.code, limit: error.limit };
}
