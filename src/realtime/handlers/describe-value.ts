/** A value in a few words, for messages: `a string`, `null`, `an array`, `a Promise`, `an object`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name = (value as { constructor?: { name?: string } }).constructor?.name ?? '';
  return name === '' || name === 'Object' ? 'an object' : `a ${name}`;
}
