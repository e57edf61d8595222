import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Backoff } from '../../../src/util/backoff.js';
import { LogLimit } from '../../../src/util/log-limit.js';
import { sleep } from '../../../src/util/sleep.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('LogLimit', () => {
  it('reports the first fault at once and the last of the rest a second later, with their number', () => {
    const report = vi.fn();
    const limit = new LogLimit(report);
    for (const fault of ['a', 'b', 'c', 'd']) limit.note(fault);
    expect(report.mock.calls).toEqual([[0, 'a']]);
    vi.advanceTimersByTime(1000);
    expect(report.mock.calls).toEqual([
      [0, 'a'],
      [2, 'd'],
    ]);
    limit.close();
  });

  it('reports what it still holds when closed', () => {
    const report = vi.fn();
    const limit = new LogLimit(report);
    limit.note('a');
    limit.note('b');
    limit.close();
    limit.close();
    expect(report.mock.calls).toEqual([
      [0, 'a'],
      [0, 'b'],
    ]);
  });
});

describe('Backoff', () => {
  it('doubles up to its ceiling and starts over', () => {
    const backoff = new Backoff(100, 1000);
    const waits = Array.from({ length: 6 }, () => backoff.next());
    for (const [i, full] of [100, 200, 400, 800, 1000, 1000].entries()) {
      expect(waits[i]).toBeLessThanOrEqual(full);
      expect(waits[i]).toBeGreaterThanOrEqual(full * 0.8);
    }
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(100);
  });
});

describe('sleep', () => {
  it('ends early when aborted, and at once when it was aborted before', async () => {
    const abort = new AbortController();
    const sleeping = sleep(60_000, abort.signal);
    abort.abort();
    await expect(sleeping).resolves.toBeUndefined();
    await expect(sleep(60_000, abort.signal)).resolves.toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
