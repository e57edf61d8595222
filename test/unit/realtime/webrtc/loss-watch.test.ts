import { describe, expect, it } from 'vitest';
import { LossWatch } from '../../../../src/realtime/webrtc/loss-watch.js';

describe('LossWatch', () => {
  it('tells when losses begin, and when they have been over for 30 s', () => {
    let now = 0;
    const watch = new LossWatch(() => now);
    expect([watch.note(null), watch.note(0.004), watch.lossy]).toEqual([false, false, false]);
    expect([watch.note(0.02), watch.lossy]).toEqual([true, true]);
    now = 29_000;
    expect([watch.note(0), watch.lossy]).toEqual([false, true]);
    expect(watch.note(0.5)).toBe(false);
    now = 58_999;
    expect(watch.note(0)).toBe(false);
    now = 59_000;
    expect([watch.note(0), watch.lossy]).toEqual([true, false]);
  });
});
