import { describe, expect, it } from 'vitest';
import { counterOf, createCounters } from '../../../src/delivery/protocol.js';
import type { HostReport } from '../../../src/delivery/protocol.js';
import type { KeyFrameReason } from '../../../src/rtc/peer-session-types.js';
import type { ViewerStats } from '../../../src/rtc/viewer-stats.js';
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

  it('never leaves out that a viewer has joined, whatever others send', async () => {
    const reports: HostReport[] = [];
    const uplink = new Uplink((more) => void reports.push(...more), createCounters());
    const ask = (viewer: string, reason: KeyFrameReason): void => {
      const event = { kind: 'keyframerequest', reason, rendition: 'vp8/full' } as const;
      uplink.tellEvent({ kind: 'event', viewer, event });
    };
    for (let i = 0; i < 1500; i += 1) ask('hostile', 'pli');
    ask('new', 'joining');
    ask('new', 'joined');
    ask('new', 'dropped');
    await Promise.resolve();
    expect(reports).toHaveLength(1002);
  });

  it('tells the newest limit of each viewer once there is room, unless it is gone', async () => {
    const counters = createCounters();
    const reports: HostReport[] = [];
    const uplink = new Uplink((more) => void reports.push(...more), counters);
    const limit = (viewer: string, bitrate: number): void =>
      uplink.tellEvent({ kind: 'event', viewer, event: { kind: 'limit', bitrate } });
    for (let i = 0; i < 1000; i += 1) limit('before', i);
    for (const viewer of ['a', 'b', 'c']) for (const bitrate of [1, 2]) limit(viewer, bitrate);
    const gone = { kind: 'closed', reason: 'closed', stats: {} as ViewerStats } as const;
    uplink.tellEvent({ kind: 'event', viewer: 'b', event: gone });
    await Promise.resolve();
    expect(reports).toHaveLength(1001);
    uplink.tellStats(() => statistics);
    await Promise.resolve();
    expect(reports.splice(0)).toHaveLength(1002);
    Atomics.add(counters, counterOf.events, 1000);
    limit('c', 3);
    uplink.tellStats(() => statistics);
    uplink.tellStats(() => statistics);
    await Promise.resolve();
    expect(reports).toEqual([
      { kind: 'event', viewer: 'c', event: { kind: 'limit', bitrate: 3 } },
      { kind: 'event', viewer: 'a', event: { kind: 'limit', bitrate: 2 } },
    ]);
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
