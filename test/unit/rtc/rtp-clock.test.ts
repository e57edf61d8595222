import { describe, expect, it } from 'vitest';
import { MediaClock } from '../../../src/rtc/media-clock.js';
import { RtpClock, Timeline } from '../../../src/rtc/rtp-clock.js';

describe('RTP time', () => {
  it('is microseconds from the beginning, over every roll-over', () => {
    const clock = new RtpClock(90_000, new Timeline());
    const start = 2 ** 32 - 90_000 * 3;
    for (let second = 0; second < 10; second++) {
      const timestamp = (start + second * 90_000) >>> 0;
      expect(clock.microseconds(timestamp, 5000 + second * 1000)).toBe(second * 1_000_000);
    }
  });

  it('may go back a little, and not below 0', () => {
    const clock = new RtpClock(90_000, new Timeline());
    expect(clock.microseconds(9000, 0)).toBe(0);
    expect(clock.microseconds(18_000, 100)).toBe(100_000);
    expect(clock.microseconds(13_500, 110)).toBe(50_000);
    expect(clock.microseconds(0, 120)).toBe(0);
  });

  it('has one beginning for all streams of a peer', () => {
    const timeline = new Timeline();
    const sound = new RtpClock(48_000, timeline);
    const pictures = new RtpClock(90_000, timeline);
    expect(sound.microseconds(123_456, 1000)).toBe(0);
    expect(pictures.microseconds(3_000_000_000, 1250)).toBe(250_000);
    expect(pictures.microseconds(3_000_090_000, 2250)).toBe(1_250_000);
    expect(sound.microseconds(123_456 + 48_000, 2000)).toBe(1_000_000);
  });

  it('goes on by the clock on the wall where timestamps begin anew', () => {
    const clock = new RtpClock(48_000, new Timeline());
    clock.microseconds(1000, 0);
    expect(clock.microseconds(2_000_000_000, 500)).toBe(500_000);
    expect(clock.microseconds(2_000_048_000, 1500)).toBe(1_500_000);
    // A long pause is none: the timestamps went on.
    expect(clock.microseconds(2_000_048_000 + 48_000 * 3600, 1500 + 3_600_000)).toBe(
      1_500_000 + 3_600_000_000,
    );
  });
});

describe('the clock of what is sent', () => {
  it('is one for streams whose time is one', () => {
    const clock = new MediaClock();
    const [sound, pictures] = [clock.forStream(), clock.forStream()];
    expect(sound(0, 1_000_000)).toBe(1_000_000);
    // Sent 80 ms after its time, which is kept.
    expect(pictures(100_000, 1_000_180)).toBe(1_000_100);
    expect(sound(200_000, 1_000_210)).toBe(1_000_200);
  });

  it('is its own for a stream of another time', () => {
    const clock = new MediaClock();
    const [sound, pictures] = [clock.forStream(), clock.forStream()];
    expect(sound(0, 1_000_000)).toBe(1_000_000);
    expect(pictures(60_000_000, 1_000_010)).toBe(1_000_010);
    expect(sound(20_000, 1_000_021)).toBe(1_000_020);
    expect(pictures(60_030_000, 1_000_050)).toBe(1_000_040);
  });

  it('stays one however much later pictures are sent, where that is said', () => {
    const clock = new MediaClock({ offsetMs: 1_000_000, maxDriftMs: 10_000 });
    const [sound, pictures] = [clock.forStream(), clock.forStream()];
    expect(pictures(100_000, 1_002_100)).toBe(1_000_100);
    expect(sound(2_000_000, 1_002_030)).toBe(1_002_000);
    expect(pictures(20_000_000, 5_020_000)).toBe(5_020_000);
    expect(sound(20_000_000, 5_020_010)).toBe(5_020_000);
  });

  it('is set anew where the time jumps', () => {
    const stream = new MediaClock().forStream();
    expect(stream(0, 1_000_000)).toBe(1_000_000);
    expect(stream(10_000_000, 1_000_020)).toBe(1_000_020);
    expect(stream(10_020_000, 1_000_045)).toBe(1_000_040);
  });
});
