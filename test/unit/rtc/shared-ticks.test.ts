import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedTicks } from '../../../src/rtc/shared-ticks.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('SharedTicks', () => {
  it('calls each once a period, the first time after one', () => {
    const ticks = new SharedTicks(1000);
    const early = vi.fn();
    const late = vi.fn();
    ticks.add(early);
    vi.advanceTimersByTime(530);
    ticks.add(late);
    vi.advanceTimersByTime(460);
    expect(early).not.toHaveBeenCalled();
    vi.advanceTimersByTime(130);
    expect(early).toHaveBeenCalledTimes(1);
    expect(late).not.toHaveBeenCalled();
    vi.advanceTimersByTime(9 * 1010);
    expect(early.mock.calls.length).toBeGreaterThanOrEqual(9);
    expect(late.mock.calls.length).toBeGreaterThanOrEqual(9);
    ticks.remove(early);
    ticks.remove(late);
  });

  it('serves many with few timers, and none when nobody listens', () => {
    const ticks = new SharedTicks(1000);
    const set = vi.spyOn(globalThis, 'setTimeout');
    const listeners = Array.from({ length: 200 }, () => vi.fn());
    for (const listener of listeners) {
      ticks.add(listener);
      vi.advanceTimersByTime(7);
    }
    set.mockClear();
    vi.advanceTimersByTime(5000);
    expect(set.mock.calls.length).toBeLessThanOrEqual(51);
    for (const listener of listeners) {
      expect(listener.mock.calls.length).toBeGreaterThanOrEqual(4);
      ticks.remove(listener);
    }
    expect(vi.getTimerCount()).toBe(0);
    set.mockRestore();
  });

  it('goes on past a listener that throws, one that leaves and one that comes', () => {
    const ticks = new SharedTicks(1000);
    const after = vi.fn();
    const guest = vi.fn();
    const faulty = (): void => {
      ticks.remove(faulty);
      ticks.add(guest);
      throw new Error('broken');
    };
    ticks.add(faulty);
    ticks.add(after);
    expect(() => vi.advanceTimersByTime(1200)).toThrow('broken');
    vi.advanceTimersByTime(1200);
    expect(after).toHaveBeenCalled();
    expect(guest).toHaveBeenCalledTimes(1);
    ticks.remove(after);
    ticks.remove(guest);
    ticks.remove(guest);
    expect(vi.getTimerCount()).toBe(0);
  });
});
