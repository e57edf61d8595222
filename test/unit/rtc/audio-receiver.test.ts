import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AudioReceiver } from '../../../src/rtc/audio-receiver.js';
import { RtpClock, Timeline } from '../../../src/rtc/rtp-clock.js';
import { received } from '../../support/rtp-packets.js';

/** 20 ms of Opus, by its first byte. */
const twentyMs = 0xf8;

function start(): {
  got: [number, number][];
  receiver: AudioReceiver;
  push: (...n: number[]) => void;
} {
  const got: [number, number][] = [];
  const receiver = new AudioReceiver({
    clock: new RtpClock(48_000, new Timeline()),
    onChunk: (chunk, lostBefore) => got.push([chunk.data[1] as number, lostBefore]),
  });
  const push = (...numbers: number[]): void => {
    for (const n of numbers) {
      const payload = Buffer.from([twentyMs, n & 0xff]);
      receiver.push(received(n, { timestamp: n * 960, payload }), performance.now());
    }
  };
  return { got, receiver, push };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  if (vi.getTimerCount() > 0) throw new Error('a timer was left');
  vi.useRealTimers();
});

describe('sound', () => {
  it('in order goes on at once', () => {
    const { got, push } = start();
    push(65_534, 65_535, 65_536);
    expect(got.map(([, lost]) => lost)).toEqual([0, 0, 0]);
  });

  it('out of order is put in order', () => {
    const { got, push } = start();
    push(1, 3, 4, 2, 5);
    expect(got).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 0],
      [5, 0],
    ]);
  });

  it('that is missing is waited for 60 ms, and counted then', () => {
    const { got, push } = start();
    push(1, 4, 5);
    vi.advanceTimersByTime(40);
    push(7);
    expect(got).toEqual([[1, 0]]);
    vi.advanceTimersByTime(25);
    expect(got).toEqual([
      [1, 0],
      [4, 2],
      [5, 0],
    ]);
    vi.advanceTimersByTime(40);
    expect(got.at(-1)).toEqual([7, 1]);
    expect(got).toHaveLength(4);
  });

  it('that comes late or before the beginning is left out', () => {
    const { got, push } = start();
    push(5, 7);
    vi.advanceTimersByTime(61);
    push(6, 4, 8);
    expect(got).toEqual([
      [5, 0],
      [7, 1],
      [8, 0],
    ]);
  });

  it('after a long hole is not held up, and the hole is counted within reason', () => {
    const { got, push } = start();
    push(1, 40_000, 40_001);
    expect(got).toEqual([
      [1, 0],
      [40_000 & 0xff, 50],
      [40_001 & 0xff, 0],
    ]);
  });

  it('never piles up, whatever comes', () => {
    const { got, push } = start();
    push(1);
    for (let i = 0; i < 500; i++) push(3 + 2 * i);
    vi.advanceTimersByTime(61);
    expect(got).toHaveLength(501);
  });

  it('has its time in microseconds from the beginning, and its length', () => {
    const chunks: { timestamp: number; duration: number | null }[] = [];
    const receiver = new AudioReceiver({
      clock: new RtpClock(48_000, new Timeline()),
      onChunk: (chunk) => chunks.push(chunk),
    });
    for (const n of [0, 1, 2]) {
      const timestamp = (2 ** 32 - 960 + n * 960) >>> 0;
      receiver.push(received(n, { timestamp, payload: Buffer.from([twentyMs]) }), n * 20);
    }
    expect(chunks.map(({ timestamp }) => timestamp)).toEqual([0, 20_000, 40_000]);
    expect(chunks.map(({ duration }) => duration)).toEqual([20_000, 20_000, 20_000]);
  });

  it('of no bytes is passed over', () => {
    const { got, receiver, push } = start();
    push(1);
    receiver.push(received(2), performance.now());
    push(3);
    expect(got).toEqual([
      [1, 0],
      [3, 0],
    ]);
  });

  it('of a new sender begins anew; after the end nothing comes', () => {
    const { got, receiver, push } = start();
    push(500, 502);
    receiver.reset();
    push(3);
    expect(got).toEqual([
      [500 & 0xff, 0],
      [3, 0],
    ]);
    push(5);
    receiver.close();
    receiver.close();
    push(6, 9);
    vi.advanceTimersByTime(100);
    expect(got).toHaveLength(2);
  });
});
