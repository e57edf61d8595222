import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unknownLink } from '../../../../src/rtc/link-estimate.js';
import { PaddingProbe } from '../../../../src/rtc/link/padding-probe.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A peer that is sent pictures at a constant bitrate, and takes so much padding at a time. */
function start(pictures: number, most: number = Infinity) {
  const startedAt = performance.now();
  let padding = 0;
  const probe = new PaddingProbe({
    bytesSent: () => ((performance.now() - startedAt) * pictures) / 8000 + padding,
    sendPadding: (bytes) => {
      padding += Math.min(bytes, most);
    },
  });
  return { probe, padding: () => padding };
}

describe('PaddingProbe', () => {
  it('fills up a bitrate beside the pictures, for the time it was given', async () => {
    const { probe, padding } = start(500_000);
    probe.burst(2_000_000, 100);
    expect(probe.running).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(probe.running).toBe(false);
    // 1.5 Mbit/s for 100 ms.
    expect(padding()).toBeGreaterThan(17_000);
    expect(padding()).toBeLessThan(20_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends nothing where pictures take as much, and goes on where little is taken', async () => {
    const { probe, padding } = start(2_000_000);
    probe.burst(1_000_000, 100);
    await vi.advanceTimersByTimeAsync(200);
    expect(padding()).toBe(0);
    const slow = start(0, 100);
    slow.probe.burst(1_000_000, 100);
    await vi.advanceTimersByTimeAsync(200);
    expect(slow.padding()).toBeGreaterThan(1000);
    expect(slow.padding()).toBeLessThanOrEqual(2000);
  });

  it('climbs a little ahead of what the peer estimates, until that is enough', async () => {
    const { probe, padding } = start(400_000);
    let bitrate = 500_000;
    probe.climb(1_500_000, 20_000, () => ({ ...unknownLink, bitrate }));
    await vi.advanceTimersByTimeAsync(1000);
    const first = padding();
    // 1.3 x 500 kbit/s less the pictures.
    expect(first * 8).toBeGreaterThan(200_000);
    expect(first * 8).toBeLessThan(300_000);
    bitrate = 1_000_000;
    await vi.advanceTimersByTimeAsync(1000);
    expect((padding() - first) * 8).toBeGreaterThan(800_000);
    bitrate = 1_500_000;
    await vi.advanceTimersByTimeAsync(100);
    expect(probe.running).toBe(false);
  });

  it.each([
    ['when the link gets congested', { bitrate: 500_000, congested: true }],
    ['when nothing is known to compare with', { bitrate: null }],
  ])('stops climbing %s', async (_when, change) => {
    const { probe, padding } = start(0);
    probe.climb(1_500_000, 20_000, () => ({ ...unknownLink, ...change }));
    await vi.advanceTimersByTimeAsync(100);
    expect(probe.running).toBe(false);
    expect(padding()).toBe(0);
  });

  it('stops climbing after its time, and when told to, also twice', async () => {
    const { probe } = start(0);
    const link = { ...unknownLink, bitrate: 100_000 };
    probe.climb(1_500_000, 5000, () => link);
    await vi.advanceTimersByTimeAsync(5100);
    expect(probe.running).toBe(false);
    probe.burst(1_000_000, 1000);
    probe.stop();
    probe.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
