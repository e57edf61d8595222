import { editDistance } from './edit-distance.js';

/** Letters only, in lower case: `frame_size-Reduction` and `frameSizeReduction` are one word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
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
      const steps = editDistance(typed, plain(name));
      if (steps < bestDistance) [best, bestDistance] = [names[0], steps];
    }
  }
  return best;
}
