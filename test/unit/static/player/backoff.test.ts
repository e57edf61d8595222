import { describe, expect, it, vi } from 'vitest';
import { loadPageModule } from '../../../support/page-module.js';

const { Backoff } = await loadPageModule<{
  Backoff: new () => { next(): number; reset(): void };
}>('backoff');

describe('Backoff', () => {
  it('doubles from half a second to 15 s, and starts anew after reset', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const backoff = new Backoff();
    const waits = Array.from({ length: 8 }, () => backoff.next());
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    backoff.reset();
    expect(backoff.next()).toBe(500);
    vi.restoreAllMocks();
  });
});
