/** The command was typed wrongly: one line, exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
