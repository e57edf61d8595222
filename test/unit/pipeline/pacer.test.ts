import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pacer } from '../../../src/pipeline/pacer.js';

describe('Pacer', () => {
  const { signal } = new AbortController();

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Waits for one picture and says how long it was held back, in ms. */
  async function held(pacer: Pacer, timestamp: number, readMs = 0): Promise<number> {
    const start = performance.now();
    const waiting = pacer.wait(timestamp, readMs, signal);
    await vi.runAllTimersAsync();
    await waiting;
    return performance.now() - start;
  }

  it('holds a file back to its own time stamps, however uneven', async () => {
    const pacer = new Pacer('timestamp');
    expect(await held(pacer, 5_000_000)).toBe(0);
    expect(await held(pacer, 5_040_000)).toBe(40);
    expect(await held(pacer, 5_300_000)).toBe(260);
  });

  it('lets live pictures pass as they come', async () => {
    const pacer = new Pacer('arrival');
    expect(await held(pacer, 0)).toBe(0);
    expect(await held(pacer, 100_000)).toBe(0);
  });

  it('does not hold back a user source that waited by itself', async () => {
    const pacer = new Pacer('auto');
    await held(pacer, 0);
    expect(await held(pacer, 33_000, 30)).toBe(33);
    expect(await held(pacer, 66_000, 40)).toBe(0);
  });

  it('plays on from where it is when the source is too slow, without hurrying after', async () => {
    const pacer = new Pacer('timestamp');
    await held(pacer, 0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await held(pacer, 40_000)).toBe(0);
    expect(await held(pacer, 80_000)).toBe(40);
  });

  it('skips a hole in the time stamps', async () => {
    const pacer = new Pacer('timestamp');
    await held(pacer, 0);
    expect(await held(pacer, 3_600_000_000)).toBe(0);
  });

  it('gives times that always grow', async () => {
    const pacer = new Pacer('arrival');
    const first = await pacer.wait(50_000, 0, signal);
    const second = await pacer.wait(50_000, 0, signal);
    const third = await pacer.wait(0, 0, signal);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
  });

  it('stops waiting when aborted', async () => {
    const abort = new AbortController();
    const pacer = new Pacer('timestamp');
    await pacer.wait(0, 0, abort.signal);
    const waiting = pacer.wait(5_000_000, 0, abort.signal);
    abort.abort();
    await expect(waiting).resolves.toBeTypeOf('number');
  });
});
