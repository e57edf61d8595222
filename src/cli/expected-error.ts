/** Something failed that the message explains in full, with what to do: one line, exit 1. */
export class ExpectedError extends Error {
  override readonly name = 'ExpectedError';
}
