/** Checks one argument of a built-in. @throws {RangeError | TypeError} naming `field`. */
export function checkNumber(field: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`${field}: expected a number, got ${show(value)}`);
  }
  if (value < least || value > most) {
    throw new RangeError(`${field}: expected ${least} to ${most}, got ${value}`);
  }
  return value;
}

/** Like {@link checkNumber}, for whole numbers. */
export function checkInteger(field: string, value: unknown, least: number, most: number): number {
  const number = checkNumber(field, value, least, most);
  if (!Number.isInteger(number)) {
    throw new RangeError(`${field}: expected a whole number, got ${number}`);
  }
  return number;
}

/** Checks a word out of a list. @throws {TypeError} naming `field` and the words. */
export function checkOneOf<T extends string>(
  field: string,
  value: unknown,
  words: readonly T[],
): T {
  if (words.includes(value as T)) return value as T;
  throw new TypeError(`${field}: expected one of ${words.join(', ')}, got ${show(value)}`);
}

/** Checks an options object for keys that do not exist. @throws {TypeError} naming them. */
export function checkKeys(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${where}: expected an object of options, got ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new TypeError(`${where}: no option ${key}; there are ${known.join(', ')}`);
  }
}

/** A value as a message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 80)}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
