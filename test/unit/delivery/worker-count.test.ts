import { describe, expect, it } from 'vitest';
import { workerCount } from '../../../src/delivery/worker-count.js';

describe('workerCount', () => {
  it.each([
    [0, 8, 0],
    [3, 1, 3],
    ['auto', 1, 1],
    ['auto', 2, 1],
    ['auto', 8, 7],
  ] as const)('makes %s on %i cores %i', (workers, cores, count) => {
    expect(workerCount(workers, cores)).toBe(count);
  });

  it('looks at this machine', () => {
    expect(workerCount('auto')).toBeGreaterThanOrEqual(1);
  });
});
