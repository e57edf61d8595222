import { describe, expect, it } from 'vitest';
import { PacketHistory } from '../../../src/rtc/packet-history.js';

const [a, b, c] = ['a', 'b', 'c'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

describe('PacketHistory', () => {
  it('gives back what was sent', () => {
    const history = new PacketHistory();
    history.add(65_535, 90, [a, b], 1000);
    history.add(65_537, 180, [c], 1033);
    expect(history.take(65_535, 0, 1040)).toEqual({ payload: a, timestamp: 90, marker: false });
    expect(history.take(65_536, 0, 1040)).toEqual({ payload: b, timestamp: 90, marker: true });
    expect(history.take(65_537, 0, 1040)).toEqual({ payload: c, timestamp: 180, marker: true });
    expect(history.take(65_538, 0, 1040)).toBeNull();
    expect(history.take(65_534, 0, 1040)).toBeNull();
  });

  it('keeps two seconds, and 256 pictures at most', () => {
    const history = new PacketHistory();
    for (let i = 0; i < 300; i++) history.add(i, 0, [a], i);
    expect(history.take(299 - 255, 0, 300)).not.toBeNull();
    expect(history.take(299 - 256, 0, 300)).toBeNull();
    expect(history.take(299, 0, 2300)).toBeNull();
    history.add(300, 0, [b], 2301);
    expect(history.take(299, 0, 2200)).toBeNull();
    expect(history.take(300, 0, 2302)?.payload).toBe(b);
  });

  it('gives a packet once per round trip, and five times', () => {
    const history = new PacketHistory();
    history.add(7, 0, [a], 1000);
    const given: number[] = [];
    for (let ms = 1000; ms < 2500; ms += 10) {
      if (history.take(7, 100, ms) !== null) given.push(ms);
    }
    expect(given).toEqual([1000, 1100, 1200, 1300, 1400]);
  });

  it('goes round the packets of the newest picture', () => {
    const history = new PacketHistory();
    expect(history.recent(0)).toBeNull();
    history.add(5, 0, [c], 1000);
    history.add(6, 90, [a, b], 1001);
    const seen = [0, 1, 2].map((place) => {
      const recent = history.recent(place);
      return [recent?.index, recent?.packet.payload];
    });
    expect(seen).toEqual([
      [6, a],
      [7, b],
      [6, a],
    ]);
  });

  it('forgets all', () => {
    const history = new PacketHistory();
    history.add(7, 0, [a], 1000);
    history.clear();
    expect(history.take(7, 0, 1001)).toBeNull();
    expect(history.recent(0)).toBeNull();
  });
});
