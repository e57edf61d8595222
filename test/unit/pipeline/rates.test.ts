import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../src/pipeline/rate-limit.js';
import { RateMeter } from '../../../src/pipeline/rate-meter.js';

/** How many of `seconds` of frames at `rate` pass, with some jitter. */
function kept(limit: RateLimit, rate: number, seconds: number): number {
  let count = 0;
  for (let i = 0; i < rate * seconds; i += 1) {
    const jitter = (i % 3) * 900;
    if (limit.keeps(Math.round((i * 1_000_000) / rate) + jitter)) count += 1;
  }
  return count;
}

describe('RateLimit', () => {
  it('lets everything pass without a limit', () => {
    expect(kept(new RateLimit(null), 60, 2)).toBe(120);
  });

  it('lets a stream of just that rate pass whole', () => {
    expect(kept(new RateLimit(30), 30, 4)).toBe(120);
  });

  it.each([
    [60, 30],
    [30, 10],
    [25, 15],
  ])('thins %i frames/s out to %i', (rate, limit) => {
    const count = kept(new RateLimit(limit), rate, 10);
    expect(count).toBeGreaterThanOrEqual(limit * 10 - 2);
    expect(count).toBeLessThanOrEqual(limit * 10 + 2);
  });

  it('does not let a burst through after a pause', () => {
    const limit = new RateLimit(10);
    limit.keeps(0);
    expect(limit.keeps(5_000_000)).toBe(true);
    expect(limit.keeps(5_010_000)).toBe(false);
  });
});

describe('RateMeter', () => {
  it('measures events per second and forgets old ones', () => {
    let now = 0;
    const meter = new RateMeter(() => now);
    expect(meter.rate).toBe(0);
    for (let i = 0; i < 100; i += 1) {
      now += 40;
      meter.mark();
    }
    expect(meter.rate).toBeCloseTo(25, 1);
    now += 5000;
    expect(meter.rate).toBe(0);
  });
});
