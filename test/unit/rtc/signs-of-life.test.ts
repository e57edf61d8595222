import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SignsOfLife } from '../../../src/rtc/signs-of-life.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  if (vi.getTimerCount() > 0) throw new Error('a timer was left');
  vi.useRealTimers();
});

it('says yes at the first sign, to all who wait', async () => {
  const signs = new SignsOfLife();
  const ask = vi.fn();
  const waits = [signs.wait(ask, 1000), signs.wait(ask, 1000)];
  expect(ask).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(300);
  expect(ask).toHaveBeenCalledTimes(4);
  signs.note();
  expect(await Promise.all(waits)).toEqual([true, true]);
});

it('says no without a sign, however many came before', async () => {
  const signs = new SignsOfLife();
  signs.note();
  const wait = signs.wait(() => undefined, 1000);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await wait).toBe(false);
});

it('says no once closed', async () => {
  const signs = new SignsOfLife();
  const wait = signs.wait(() => undefined, 1000);
  signs.close();
  expect(await wait).toBe(false);
  expect(await signs.wait(() => undefined, 1000)).toBe(false);
});
