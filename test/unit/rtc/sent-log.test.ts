import { describe, expect, it } from 'vitest';
import { SentLog } from '../../../src/rtc/sent-log.js';

describe('SentLog', () => {
  it('numbers packets, and tells when each was sent', () => {
    const log = new SentLog();
    expect(log.lookup(0)).toBeNull();
    expect([log.add(10, 100), log.add(11, 200), log.add(12.5, 300)]).toEqual([0, 1, 2]);
    expect(log.lookup(1)).toEqual({ sentAtMs: 11, bytes: 200 });
    expect(log.lookup(2)).toEqual({ sentAtMs: 12.5, bytes: 300 });
    expect(log.lookup(3)).toBeNull();
    expect(log.lookup(65_535)).toBeNull();
    expect(log.count).toBe(3);
  });

  it('keeps the newest 1,024, over the roll-over of the numbers', () => {
    const log = new SentLog();
    for (let i = 0; i < 65_536 + 10; i += 1) expect(log.add(i, i % 1200)).toBe(i & 0xffff);
    expect(log.lookup(9)).toEqual({ sentAtMs: 65_545, bytes: 65_545 % 1200 });
    expect(log.lookup(65_535)).toEqual({ sentAtMs: 65_535, bytes: 65_535 % 1200 });
    expect(log.lookup((65_546 - 1024) & 0xffff)?.sentAtMs).toBe(65_546 - 1024);
    expect(log.lookup((65_546 - 1025) & 0xffff)).toBeNull();
    expect(log.lookup(10)).toBeNull();
  });
});
