import { describe, expect, it } from 'vitest';
import { EncoderClock } from '../../../src/codec/encoder-clock.js';
import type { FrameTime } from '../../../src/codec/encoder-clock.js';

function times(timestamps: number[], framerate = 25): FrameTime[] {
  const clock = new EncoderClock<number>(framerate);
  return timestamps.map((timestamp, index) => clock.next(timestamp, index));
}

const durations = (timestamps: number[]): number[] =>
  times(timestamps).map(({ duration }) => duration);

describe('EncoderClock', () => {
  it('starts at 0, keeps uneven intervals, and has no gaps', () => {
    expect(times([5_000_000, 5_050_000, 5_150_000])).toEqual([
      { time: 0, duration: 40_000 },
      { time: 40_000, duration: 50_000 },
      { time: 90_000, duration: 100_000 },
    ]);
  });

  it('goes on by the usual step where timestamps repeat or start over', () => {
    expect(durations([100_000, 100_000, 0, 50_000])).toEqual([40_000, 40_000, 40_000, 50_000]);
  });

  it('counts a pause as a second and a burst as a quarter of the usual step', () => {
    expect(durations([0, 3_600_000_000, 3_600_000_001])).toEqual([40_000, 1_000_000, 10_000]);
  });

  it('hands out what belongs to a time once, and forgets what is older', () => {
    const clock = new EncoderClock<string>(10);
    const [a, b, c] = ['a', 'b', 'c'].map((name, index) => clock.next(index * 100_000, name).time);
    expect(clock.take(b as number)).toBe('b');
    expect(clock.take(a as number)).toBeNull();
    expect(clock.take(b as number)).toBeNull();
    expect(clock.take(c as number)).toBe('c');
  });

  it('forgets frames that never come out', () => {
    const clock = new EncoderClock<number>(10);
    for (let index = 0; index < 100; index += 1) clock.next(index * 100_000, index);
    expect(clock.take(0)).toBeNull();
    expect(clock.take(9_900_000)).toBe(99);
  });

  it('runs slower or faster as told, from then on', () => {
    const clock = new EncoderClock<string>(25);
    expect(clock.next(1_000_000, 'a')).toEqual({ time: 0, duration: 40_000 });
    clock.speed = 0.5;
    expect(clock.next(1_040_000, 'b')).toEqual({ time: 40_000, duration: 20_000 });
    expect(clock.next(1_080_000, 'c')).toEqual({ time: 60_000, duration: 20_000 });
    clock.speed = 2;
    expect(clock.next(1_120_000, 'd')).toEqual({ time: 80_000, duration: 80_000 });
    expect(clock.take(60_000)).toBe('c');
    expect(clock.pace).toBe(1);
  });

  it('measures how much slower than planned frames come', () => {
    const clock = new EncoderClock<number>(30);
    expect(clock.pace).toBe(1);
    for (let index = 0; index < 100; index += 1) clock.next(index * 66_667, index);
    expect(clock.pace).toBeCloseTo(2, 1);
  });
});
