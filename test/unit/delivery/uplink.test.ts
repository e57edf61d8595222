import { describe, expect, it } from 'vitest';
import { counterOf, createCounters } from '../../../src/delivery/protocol.js';
import type { HostReport } from '../../../src/delivery/protocol.js';
import { Uplink } from '../../../src/delivery/uplink.js';

const statistics = { kind: 'stats', viewers: [] } as const;

describe('Uplink', () => {
  it('posts what comes within a tick at once, in order', async () => {
    const posts: HostReport[][] = [];
    const uplink = new Uplink((reports) => void posts.push(reports), createCounters());
    uplink.tell({ kind: 'ready' });
    uplink.tellEvent({ kind: 'event', viewer: 'a', event: { kind: 'heard' } });
    await Promise.resolve();
    uplink.tell({ kind: 'closed' });
    await Promise.resolve();
    expect(posts.map((reports) => reports.map(({ kind }) => kind))).toEqual([
      ['ready', 'event'],
      ['closed'],
    ]);
  });

  it('leaves out what viewers send while the main thread is busy, and nothing else', async () => {
    const counters = createCounters();
    const reports: HostReport[] = [];
    const uplink = new Uplink((more) => void reports.push(...more), counters);
    const flood = (): void => {
      for (let value = 0; value < 1500; value += 1) {
        uplink.tellEvent({ kind: 'event', viewer: 'a', event: { kind: 'message', value } });
      }
    };
    flood();
    uplink.tellEvent({ kind: 'event', viewer: 'a', event: { kind: 'gone' } });
    await Promise.resolve();
    expect(reports).toHaveLength(1001);
    Atomics.add(counters, counterOf.events, 400);
    flood();
    await Promise.resolve();
    expect(reports).toHaveLength(1401);
  });

  it('tells statistics when the last ones were taken', async () => {
    const counters = createCounters();
    const reports: HostReport[] = [];
    const uplink = new Uplink((more) => void reports.push(...more), counters);
    uplink.tellStats(() => statistics);
    uplink.tellStats(() => statistics);
    await Promise.resolve();
    expect(reports).toHaveLength(1);
    Atomics.add(counters, counterOf.stats, 1);
    uplink.tellStats(() => statistics);
    await Promise.resolve();
    expect(reports).toHaveLength(2);
  });
});
