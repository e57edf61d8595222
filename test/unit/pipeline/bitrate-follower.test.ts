import { beforeEach, describe, expect, it } from 'vitest';
import { BitrateFollower } from '../../../src/pipeline/bitrate-follower.js';

const range = { bitrate: 2_000_000, minBitrate: 500_000 };

describe('BitrateFollower', () => {
  let now = 0;
  let follower: BitrateFollower;

  beforeEach(() => {
    now = 10_000;
    follower = new BitrateFollower(() => now);
  });

  it('begins with what is wanted, within its range', () => {
    expect(follower.follow(1_200_000, range)).toBe(1_200_000);
    expect(new BitrateFollower().follow(null, range)).toBe(2_000_000);
    expect(new BitrateFollower().follow(90_000_000, range)).toBe(2_000_000);
    expect(new BitrateFollower().follow(100_000, range)).toBe(500_000);
  });

  it('goes down at once, but at most once a second', () => {
    follower.follow(null, range);
    now += 1000;
    expect(follower.follow(1_000_000, range)).toBe(1_000_000);
    now += 500;
    expect(follower.follow(600_000, range)).toBe(1_000_000);
    now += 500;
    expect(follower.follow(600_000, range)).toBe(600_000);
  });

  it('goes up in small steps, once a second', () => {
    follower.follow(1_000_000, range);
    const steps: number[] = [];
    for (let i = 0; i < 80; i += 1) {
      now += 100;
      steps.push(follower.follow(1_500_000, range));
    }
    expect([...new Set(steps)]).toEqual([1_000_000, 1_150_000, 1_322_500, 1_500_000]);
  });

  it('stays where it is while little changes', () => {
    follower.follow(1_000_000, range);
    for (const wanted of [1_040_000, 960_000, 1_010_000]) {
      now += 2000;
      expect(follower.follow(wanted, range)).toBe(1_000_000);
    }
  });

  it('changes seldom and by much where each change costs a key frame, but down soon', () => {
    follower.follow(1_000_000, range, true);
    const steps: number[] = [];
    for (let i = 0; i < 120; i += 1) {
      now += 100;
      steps.push(follower.follow(1_500_000, range, true));
    }
    expect([...new Set(steps)]).toEqual([1_000_000, 1_400_000]);
    now += 1000;
    expect(follower.follow(1_200_000, range, true)).toBe(1_400_000);
    expect(follower.follow(900_000, range, true)).toBe(900_000);
  });

  it('gets to the very ends of its range', () => {
    follower.follow(1_950_000, range);
    now += 2000;
    expect(follower.follow(2_400_000, range)).toBe(2_000_000);
    now += 2000;
    follower.follow(510_000, range);
    now += 2000;
    expect(follower.follow(400_000, range)).toBe(500_000);
  });

  it('goes up at once for a viewer whose link is not known to be limited, or that has just come', () => {
    follower.follow(500_000, range);
    expect(follower.follow(null, range)).toBe(2_000_000);
    now += 1000;
    follower.follow(500_000, range);
    follower.restart();
    expect(follower.follow(1_800_000, range)).toBe(1_800_000);
  });

  it('keeps to a range that has shrunk', () => {
    follower.follow(null, range);
    expect(follower.follow(1_900_000, { bitrate: 800_000, minBitrate: 200_000 })).toBe(800_000);
  });
});
