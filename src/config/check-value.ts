import type { z } from 'zod';
import { show } from '../util/show-value.js';

type Issue = z.core.$ZodIssue;

/**
 * `value` as `schema` returns it.
 *
 * @param label - What the person calls it: `bitrate`, `--bitrate`.
 * @throws {TypeError} for a wrong type, {RangeError} for a value that cannot be; both name the field
 *   and what was got.
 */
export function checkValue<T>(label: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0] as Issue;
  const got = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown>)[key],
    value,
  );
  const message = `${label}${pathText(issue.path)}: expected ${issue.message}, got ${show(got)}`;
  throw isWrongType(issue, got) ? new TypeError(message) : new RangeError(message);
}

/** `[0].urls` for what lies inside the value. */
function pathText(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
}

function isWrongType(issue: Issue, got: unknown): boolean {
  if (issue.code === 'invalid_type') {
    return typeof got !== 'number' || !['int', 'number'].includes(issue.expected);
  }
  if (issue.code === 'invalid_value') return typeof got !== typeof issue.values[0];
  if (issue.code === 'custom') return issue.params?.['wrongType'] === true;
  return issue.code === 'invalid_union' || issue.code === 'unrecognized_keys';
}
