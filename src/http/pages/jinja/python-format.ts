const pattern = /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;

/**
 * Python's `'%s of %d' % (a, b)`, with one value, a list or, for `%(name)s`, a dict.
 *
 * @throws {TypeError} for a format or a number of values that Python would refuse too.
 */
export function formatPercent(format: string, values: unknown): string {
  const list = Array.isArray(values) ? (values as unknown[]) : [values];
  let used = 0;
  const next = (): unknown => {
    if (used >= list.length) throw new TypeError(`${JSON.stringify(format)} needs more values`);
    return list[used++];
  };
  const result = format.replace(
    pattern,
    (
      _all,
      key?: string,
      flags: string = '',
      width = '0',
      precision?: string,
      kind: string = '',
    ) => {
      if (kind === '%') return '%';
      const value = key === undefined ? next() : (values as Record<string, unknown> | null)?.[key];

      const text = convert(kind, value, precision, flags);
      if (flags.includes('-')) return text.padEnd(Number(width));
      const [, sign = '', digits = ''] = /^([-+ ]?)(.*)$/s.exec(text) ?? [];
      if (!flags.includes('0') || kind === 's') return text.padStart(Number(width));
      return sign + digits.padStart(Number(width) - sign.length, '0');
    },
  );
  if (used > 0 && used < list.length) {
    throw new TypeError(`${JSON.stringify(format)} takes ${used} values, got ${list.length}`);
  }
  return result;
}

function convert(
  kind: string,
  value: unknown,
  precision: string | undefined,
  flags: string,
): string {
  if (kind === 's' || kind === 'r') {
    // eslint-disable-next-line @typescript-eslint/no-base-to-string -- as {{ value }} prints it
    const text = value === true ? 'True' : value === false ? 'False' : String(value ?? 'None');
    return precision === undefined ? text : text.slice(0, Number(precision));
  }
  const number = Number(value);
  if (Number.isNaN(number)) throw new TypeError(`%${kind} needs a number, got ${String(value)}`);
  const sign = number < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const size = Math.abs(number);
  switch (kind) {
    case 'd':
    case 'i':
      return sign + String(Math.trunc(size));
    case 'f':
    case 'F':
      return sign + size.toFixed(Number(precision ?? 6));
    case 'x':
      return sign + Math.trunc(size).toString(16);
    case 'X':
      return sign + Math.trunc(size).toString(16).toUpperCase();
    default:
      throw new TypeError(`%${kind} is not supported`);
  }
}
