/** Letters only, in lower case: `frame_size-Reduction` and `frameSizeReduction` are one word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** How many letters must be put in, taken out, changed or swapped with the next to make `b` from `a`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

/**
 * The word somebody probably meant.
 *
 * @param word - What was written.
 * @param known - Right words, each with what else it is called.
 * @returns The right word, or `null` when none is near.
 */
export function didYouMean(
  word: string,
  known: Iterable<readonly [right: string, ...aliases: string[]]>,
): string | null {
  const typed = plain(word);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const names of known) {
    for (const name of names) {
      const steps = distance(typed, plain(name));
      if (steps < bestDistance) [best, bestDistance] = [names[0], steps];
    }
  }
  return best;
}
