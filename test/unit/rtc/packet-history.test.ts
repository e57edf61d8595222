import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PacketHistory } from '../../../src/rtc/packet-history.js';

const payload = Buffer.from('x');

function add(history: PacketHistory, sequenceNumber: number): void {
  history.add({ sequenceNumber, timestamp: 0, marker: false, payload, encrypted: null });
}

describe('PacketHistory', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'], now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives back what was sent', () => {
    const history = new PacketHistory();
    vi.advanceTimersByTime(1000);
    add(history, 65_535);
    add(history, 0);
    expect(history.take(65_535, 0)?.payload).toBe(payload);
    expect(history.take(0, 0)?.payload).toBe(payload);
    expect(history.take(1, 0)).toBeNull();
  });

  it('keeps the newest 1024', () => {
    const history = new PacketHistory();
    vi.advanceTimersByTime(1000);
    for (let i = 0; i < 1025; i++) add(history, i);
    expect(history.take(0, 0)).toBeNull();
    expect(history.take(1, 0)).not.toBeNull();
  });

  it('gives a packet once per round trip, five times, for two seconds', () => {
    const history = new PacketHistory();
    vi.advanceTimersByTime(1000);
    add(history, 7);
    let given = 0;
    for (let ms = 0; ms < 1500; ms += 10) {
      if (history.take(7, 100) !== null) given += 1;
      vi.advanceTimersByTime(10);
      if (ms === 90) expect(given).toBe(1);
    }
    expect(given).toBe(5);
    add(history, 8);
    vi.advanceTimersByTime(2001);
    expect(history.take(8, 0)).toBeNull();
  });

  it('forgets all', () => {
    const history = new PacketHistory();
    add(history, 7);
    history.clear();
    expect(history.take(7, 0)).toBeNull();
  });
});
