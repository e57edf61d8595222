let spentMs = 0;
let depth = 0;

/**
 * Runs code of ours that a handler calls, or that runs in its place: what it takes, with the garbage collector's pauses that fall
 * into it, is not counted as the handler's. Of a promise only the way to it.
 */
export function ownWork<T>(work: () => T): T {
  if (depth > 0) return work();
  depth += 1;
  const began = performance.now();
  try {
    return work();
  } finally {
    depth -= 1;
    spentMs += performance.now() - began;
  }
}

/** All that {@link ownWork} has taken in this process, in ms: for the difference between two moments. */
export function ownWorkMs(): number {
  return spentMs;
}
