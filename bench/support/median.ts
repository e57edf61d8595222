/** The value in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that a share of all is below, 0 to 1; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Of each figure the median over several runs. */
export function medians<Key extends string>(
  runs: readonly Record<Key, number>[],
): Record<Key, number> {
  const names = Object.keys(runs[0] ?? {}) as Key[];
  const entries = names.map((name) => [name, median(runs.map((run) => run[name]))]);
  return Object.fromEntries(entries) as Record<Key, number>;
}
