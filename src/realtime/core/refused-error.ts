import { LimitExceededError } from '../../errors.js';

/** Why there was no place for a connection, as FastRTC's clients know it. */
export type RefusalCode = 'connection_already_exists' | 'concurrency_limit_reached';

/** There is no place for a connection. */
export class ConnectionRefusedError extends LimitExceededError {
  declare readonly code: RefusalCode;
  /** The stream's limit; `null` unless it is reached. */
  readonly limit: number | null;

  constructor(code: RefusalCode, message: string, limit: number | null = null) {
    super(message, { code });
    this.limit = limit;
  }
}
