import { describe, expect, it } from 'vitest';
import { PlayoutWish } from '../../../src/rtc/playout-wish.js';

const calm = { jitterMs: 3, fractionLost: 0 };

describe('PlayoutWish', () => {
  it('shows pictures at once on a calm link, before its first report too', () => {
    const wish = new PlayoutWish();
    expect(wish.maxMs).toBe(0);
    wish.note({ jitterMs: null, fractionLost: null });
    wish.note(calm);
    expect(wish.maxMs).toBe(0);
  });

  it('gives room beside sound', () => {
    const wish = new PlayoutWish();
    wish.listening = true;
    expect(wish.maxMs).toBe(400);
    wish.listening = false;
    expect(wish.maxMs).toBe(0);
  });

  it.each([
    { jitterMs: 25, fractionLost: 0 },
    { jitterMs: 3, fractionLost: 0.02 },
  ])('gives room on a link with %o, until it was calm for ten seconds', (trouble) => {
    const wish = new PlayoutWish();
    wish.note(trouble);
    expect(wish.maxMs).toBe(400);
    for (let second = 0; second < 9; second += 1) wish.note(calm);
    expect(wish.maxMs).toBe(400);
    // Neither calm nor troubled: no second of calm.
    wish.note({ jitterMs: 15, fractionLost: 0 });
    expect(wish.maxMs).toBe(400);
    wish.note(calm);
    expect(wish.maxMs).toBe(0);
  });
});
