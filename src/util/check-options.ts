import { didYouMean } from './did-you-mean.js';
import { show } from './show-value.js';

// Checks of options that callers write, for layers below the tables of config/.

/**
 * That it is an object of options.
 *
 * @param field - What it is called; `options` where it is what a function was given.
 * @throws {TypeError} for anything else, also for `null` and lists.
 */
export function checkObject(field: string, options: unknown): asserts options is object {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new TypeError(`${field}: expected an object, got ${show(options)}`);
}

/**
 * That all fields are known ones.
 *
 * @param prefix - Stands before the names: `routes.`, or nothing.
 * @throws {TypeError} naming the field, and the one that was probably meant.
 */
export function checkNames(prefix: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const names = known.map((name) => [name] as const);
  const meant = didYouMean(unknown, names);
  const hint = meant === null ? '' : `, did you mean ${show(prefix + meant)}?`;
  throw new TypeError(`unknown option ${show(prefix + unknown)}${hint}`);
}

/** What a number may be; `false` for the rest. */
export type NumberRule = (value: number) => boolean;

/**
 * That a field is a number within its rule.
 *
 * @param expected - Completes `field: expected ...`.
 * @throws {TypeError} for what is no number, {RangeError} for one that breaks the rule.
 */
export function checkNumber(
  field: string,
  value: unknown,
  fits: NumberRule,
  expected: string,
): asserts value is number {
  if (typeof value === 'number' && fits(value)) return;
  const message = `${field}: expected ${expected}, got ${show(value)}`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}

/** That a field is of a type. @throws {TypeError} naming it. */
export function checkType(field: string, value: unknown, type: 'boolean' | 'function'): void {
  if (typeof value === type) return;
  const expected = type === 'boolean' ? 'true or false' : 'a function';
  throw new TypeError(`${field}: expected ${expected}, got ${show(value)}`);
}
