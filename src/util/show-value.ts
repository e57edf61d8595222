import { inspect } from 'node:util';

/** A value as short text for a message, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  }
  const line = inspect(value, { depth: 0, breakLength: Infinity, maxArrayLength: 5 });
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}
