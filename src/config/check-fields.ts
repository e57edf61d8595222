import { z } from 'zod';
import { checkNames, checkObject } from '../util/check-options.js';
import { checkValue } from './check-value.js';

/** What fits an option; the message completes "title: expected ...". Fields without one are checked elsewhere. */
export type Schemas<Options> = Readonly<Record<keyof Options, z.ZodType | null>>;

/**
 * Checks an object field by field; `undefined` stands for a default.
 *
 * @param prefix - Stands before the names: `routes.`, or nothing.
 * @throws {TypeError} or {RangeError} naming the field and what was got.
 */
export function checkFields<Options extends object>(
  prefix: string,
  options: Options,
  schemas: Schemas<Options>,
): void {
  checkObject(prefix === '' ? 'options' : prefix.slice(0, -1), options);
  checkNames(prefix, options, Object.keys(schemas));
  for (const [name, value] of Object.entries(options)) {
    const schema = schemas[name as keyof Options];
    if (schema !== null && value !== undefined) checkValue(prefix + name, schema, value);
  }
}

/** An object of names and values: no list, and nothing that only looks empty, such as a `Map` or a `Promise`. */
export function plainObject(expected: string, orFunction: boolean = false): z.ZodType<object> {
  return z.custom<object>(
    (value) => isPlain(value) || (orFunction && typeof value === 'function'),
    { error: expected, params: { wrongType: true } },
  );
}

/** Anything that can be called. */
export function functionSchema(): z.ZodType {
  return z.custom((value) => typeof value === 'function', {
    error: 'a function',
    params: { wrongType: true },
  });
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  // Of any realm: modules may come from another one.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
