import { StreamError } from '../../errors.js';

/** A service gave no TURN credentials. Its `code` is `turn-credentials-failed`; secrets are in no field of it. */
export class TurnCredentialsError extends StreamError {
  /** HTTP status of the answer; `null` when there was none. */
  readonly status: number | null;

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { code: 'turn-credentials-failed', cause: options.cause });
    this.status = options.status ?? null;
  }
}
