/** How large the payloads of one picture are. */
export interface PayloadSizes {
  /** Of each, in bytes. */
  readonly each: readonly number[];
  /** Of all together. */
  readonly total: number;
}

let payloadsOfLast: readonly Buffer[] | null = null;
let last: PayloadSizes = { each: [], total: 0 };

/**
 * How large these payloads are. A picture goes to all viewers of a thread one after another: they share what was found for
 * the first one, since the length of a buffer is not a plain field to V8 and takes longer than one.
 */
export function payloadSizes(payloads: readonly Buffer[]): PayloadSizes {
  if (payloads === payloadsOfLast) return last;
  const each = payloads.map(({ length }) => length);
  payloadsOfLast = payloads;
  last = { each, total: each.reduce((sum, size) => sum + size, 0) };
  return last;
}
