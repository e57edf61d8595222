import { Packet, Rational } from 'node-av/lib';
import { AV_NOPTS_VALUE } from 'node-av/constants';
import { describe, expect, it } from 'vitest';
import { RunClock } from '../../../src/source/run-clock.js';
import type { PacketKind } from '../../../src/source/run-clock.js';

const milliseconds = new Rational(1, 1000);

/** Places a packet of 20 ms; the time that is given out for it, in ms. */
function place(clock: RunClock, kind: PacketKind, ms: number | null): number | null {
  using packet = new Packet();
  packet.alloc();
  packet.pts = ms === null ? AV_NOPTS_VALUE : BigInt(ms);
  packet.dts = packet.pts;
  packet.duration = 20n;
  const placed = clock.place(kind, packet, milliseconds);
  if (placed !== null) expect(Number(packet.pts)).toBe(placed);
  return placed === null ? null : clock.at(placed) / 1000;
}

describe('RunClock', () => {
  it('begins with the first picture, wherever the input does', () => {
    const clock = new RunClock(0);
    expect(clock.begun).toBe(false);
    place(clock, 'sound', 9_980);
    place(clock, 'picture', 10_000);
    clock.begin(10_000_000);
    expect(place(clock, 'picture', 10_020)).toBe(20);
    expect(place(clock, 'sound', 10_000)).toBe(0);
  });

  it('goes on where it is told to', () => {
    const clock = new RunClock(3_000_000);
    place(clock, 'picture', 40);
    clock.begin(40_000);
    clock.begin(999);
    expect(place(clock, 'picture', 60)).toBe(3020);
  });

  it.each(['picture', 'sound'] as const)(
    'keeps both in step when the input starts its clock anew, %s first',
    (first) => {
      const clock = new RunClock(0);
      const second = first === 'picture' ? 'sound' : 'picture';
      clock.begin(0);
      for (let ms = 0; ms < 10_000; ms += 20) {
        expect(place(clock, first, ms)).toBe(ms);
        expect(place(clock, second, ms)).toBe(ms);
      }
      expect(place(clock, first, 0)).toBe(10_000);
      expect(place(clock, first, 20)).toBe(10_020);
      expect(place(clock, second, 40)).toBe(10_040);
    },
  );

  it('takes a small step back for a late picture, and a long gap for a still', () => {
    const clock = new RunClock(0);
    clock.begin(0);
    place(clock, 'picture', 0);
    place(clock, 'picture', 400);
    expect(place(clock, 'picture', 300)).toBe(300);
    expect(place(clock, 'picture', 60_000)).toBe(60_000);
  });

  it('knows nothing of packets without times', () => {
    expect(place(new RunClock(0), 'picture', null)).toBeNull();
  });
});
