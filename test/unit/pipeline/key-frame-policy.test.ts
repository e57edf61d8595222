import { beforeEach, describe, expect, it } from 'vitest';
import { KeyFramePolicy } from '../../../src/pipeline/key-frame-policy.js';

describe('KeyFramePolicy', () => {
  let now = 0;
  let policy: KeyFramePolicy;

  beforeEach(() => {
    now = 10_000;
    policy = new KeyFramePolicy(() => now);
    policy.sent();
  });

  it('wants a key frame for the very first picture', () => {
    expect(new KeyFramePolicy(() => now).due).toBe(true);
  });

  it('wants none until somebody asks', () => {
    now += 60_000;
    expect(policy.due).toBe(false);
  });

  it('answers a hundred requests of one viewer with one key frame', () => {
    now += 2000;
    let sent = 0;
    for (let i = 0; i < 100; i += 1) {
      now += 4;
      policy.request('loss', 'a');
      if (policy.due) {
        policy.sent();
        sent += 1;
      }
    }
    now += 5000;
    expect(policy.due).toBe(false);
    expect(sent).toBe(1);
  });

  it('answers a hundred viewers who ask together with one key frame', () => {
    now += 2000;
    for (let i = 0; i < 100; i += 1) policy.request('loss', String(i));
    expect(policy.due).toBe(true);
    policy.sent();
    now += 5000;
    expect(policy.due).toBe(false);
  });

  it('puts another viewer off to the end of the interval, and does not forget it', () => {
    now += 2000;
    policy.request('loss', 'a');
    policy.sent();
    now += 200;
    policy.request('loss', 'b');
    expect(policy.due).toBe(false);
    now += 300;
    expect(policy.due).toBe(true);
  });

  it('serves a viewer again who asks again after the interval', () => {
    now += 2000;
    policy.request('loss', 'a');
    policy.sent();
    now += 600;
    policy.request('loss', 'a');
    expect(policy.due).toBe(true);
  });

  it('serves a viewer who asks all the time ever more seldom, and others as before', () => {
    const sentIn = (ms: number, viewers: string[]): number => {
      let sent = 0;
      for (const end = now + ms; now < end; now += 33) {
        for (const viewer of viewers) policy.request('loss', viewer);
        if (!policy.due) continue;
        policy.sent();
        sent += 1;
      }
      return sent;
    };
    expect(sentIn(60_000, ['a'])).toBeLessThanOrEqual(4 + 15);
    policy.request('loss', 'b');
    now += 500;
    policy.request('loss', 'b');
    expect(policy.due).toBe(true);
    policy.sent();
    now += 60_000;
    expect(sentIn(3000, ['a'])).toBe(4);
  });

  it('answers viewers who switch together with one key frame, a little after the last', () => {
    now += 200;
    for (let i = 0; i < 100; i += 1) policy.request('switch', String(i));
    expect(policy.due).toBe(false);
    now += 100;
    expect(policy.due).toBe(true);
    policy.sent();
    now += 5000;
    expect(policy.due).toBe(false);
  });

  it('starts over with a key frame at once', () => {
    now += 10;
    policy.restart();
    expect(policy.due).toBe(true);
    policy.sent();
    expect(policy.due).toBe(false);
  });

  it('serves a joining viewer sooner than a loss', () => {
    now += 120;
    policy.request('join', 'a');
    expect(policy.due).toBe(false);
    now += 30;
    expect(policy.due).toBe(true);
  });
});
