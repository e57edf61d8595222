import { describe, expect, it } from 'vitest';
import { atMost } from '../../../src/source/at-most.js';

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

describe('atMost', () => {
  it('leaves no timer behind when the work is done', async () => {
    const before = timers();
    await atMost(60_000, Promise.resolve());
    expect(timers()).toBe(before);
  });

  it('rejects as the work does, and leaves no timer behind', async () => {
    const before = timers();
    const reason = new Error('broken');
    await expect(atMost(60_000, Promise.reject(reason))).rejects.toBe(reason);
    expect(timers()).toBe(before);
  });

  it('gives up on work that never ends', async () => {
    await expect(atMost(10, new Promise(() => undefined))).resolves.toBeUndefined();
  });
});
