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

  it('tells of a picture that came long after it was due, and of it alone', async () => {
    let now = 0;
    const pacer = new Pacer('timestamp', () => now);
    const late: boolean[] = [];
    for (const cameMs of [0, 33, 300, 333]) {
      now = cameMs;
      await pacer.wait(late.length * 33_000, 0, AbortSignal.abort());
      late.push(pacer.late);
    }
    expect(late).toEqual([false, false, true, false]);
  });

  it('lets live pictures pass as they come', async () => {
    const pacer = new Pacer('arrival');
    expect(await held(pacer, 0)).toBe(0);
    expect(await held(pacer, 100_000)).toBe(0);
  });

  describe('with a source that keeps time itself', () => {
    /** Times given to pictures, in ms, that were taken at `takenMs` and come `lateMs` after that. */
    async function times(taken: number[], late: (index: number) => number): Promise<number[]> {
      let now = 0;
      const pacer = new Pacer('arrival', () => now);
      const given: number[] = [];
      for (const [index, takenMs] of taken.entries()) {
        now = takenMs + late(index);
        given.push((await pacer.wait(takenMs * 1000, 0, signal)) / 1000);
      }
      return given;
    }

    it('keeps its intervals, however unevenly its pictures come', async () => {
      const given = await times([0, 33, 67, 100, 133], (index) => (index % 2) * 20);
      expect(given.map(Math.round)).toEqual([0, 33, 67, 100, 133]);
    });

    it('dates no picture later than it came, also when the first one was late', async () => {
      const given = await times([0, 33, 67, 100], (index) => (index === 0 ? 40 : 2));
      expect(given.map(Math.round)).toEqual([40, 40, 69, 102]);
    });

    it('follows a clock that runs slowly, and one that runs fast', async () => {
      const taken = Array.from({ length: 3000 }, (_, index) => index * 33);
      for (const error of [0.0005, -0.0005]) {
        const given = await times(taken, (index) => 50 + index * 33 * error);
        const age = taken.map((ms, index) => ms + 50 + index * 33 * error - (given[index] ?? 0));
        expect(Math.max(...age.map(Math.abs))).toBeLessThan(2);
      }
    });

    it('takes a new start of its clock, and a computer that slept for a minute', async () => {
      const given = await times([0, 33, 60_000, 60_033], () => 0);
      expect(given.map(Math.round)).toEqual([0, 33, 60_000, 60_033]);
      // The stream's clock stood still meanwhile, the source's did not.
      const standing = await times([0, 33, 60_000, 60_033], (index) => (index > 1 ? -59_900 : 0));
      expect(standing.map(Math.round)).toEqual([0, 33, 100, 133]);
      // The source's clock was set back.
      const back = await times([70_000, 70_033, 0, 33], (index) => (index > 1 ? 70_100 : 0));
      expect(back.map(Math.round)).toEqual([70_000, 70_033, 70_100, 70_133]);
    });
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
