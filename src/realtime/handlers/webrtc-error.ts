import { StreamError } from '../../errors.js';

/** Thrown by a handler to tell its client what went wrong; anything else that a handler throws becomes one. */
export class WebRTCError extends StreamError {
  /**
   * @param message - Shown to the visitor.
   * @param cause - The error underneath.
   */
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'handler-error', cause });
  }
}
