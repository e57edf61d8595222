import { describe, expect, it } from 'vitest';
import { LinkEstimator } from '../../../../src/rtc/link/link-estimator.js';
import { SentLog } from '../../../../src/rtc/sent-log.js';
import type { LinkEstimate } from '../../../../src/rtc/link-estimate.js';
import { SimulatedLink } from '../../../support/simulated-link.js';
import type { SimulatedNetwork } from '../../../support/simulated-link.js';

/** A link whose sender obeys the estimate, and stops while a long queue drains. */
function obey(link: SimulatedLink, most: number): (estimate: LinkEstimate) => void {
  return ({ bitrate, queueMs }) => {
    const wanted = Math.min(most, (bitrate ?? most) * 0.9);
    link.bitrate = (queueMs ?? 0) > 300 ? 0 : wanted;
  };
}

function start(bitrate: number, network: Partial<SimulatedNetwork> = {}): SimulatedLink {
  const link = new SimulatedLink();
  link.bitrate = bitrate;
  Object.assign(link.network, network);
  return link;
}

describe('the estimate from arrival times', () => {
  it('knows no limit while there is none to be seen', () => {
    const link = start(1_500_000);
    link.run(10);
    expect(link.link).toMatchObject({
      bitrate: null,
      congested: false,
      fractionLost: 0,
      queueMs: 0,
    });
    expect(link.link.sentBitrate).toBeGreaterThan(1_400_000);
    expect(link.link.sentBitrate).toBeLessThan(1_600_000);
  });

  it('finds a narrow link within half a second, and tells so at once', () => {
    const link = start(1_500_000);
    link.run(5);
    link.network.bitrate = 600_000;
    const since = link.now;
    link.run(1.5);
    expect((link.congestedAt ?? Infinity) - since).toBeLessThanOrEqual(500);
    expect(link.link.bitrate).toBeGreaterThan(450_000);
    expect(link.link.bitrate).toBeLessThan(600_000);
  });

  it('keeps the queue short on a narrow link, and its use high', () => {
    const link = start(1_500_000, { bitrate: 600_000, maxQueueMs: 3000 });
    link.run(6, obey(link, 1_500_000));
    link.longestQueueMs = 0;
    const rates: number[] = [];
    link.run(30, (estimate) => {
      obey(link, 1_500_000)(estimate);
      rates.push(estimate.sentBitrate);
    });
    expect(link.longestQueueMs).toBeLessThan(200);
    expect(rates.reduce((sum, rate) => sum + rate, 0) / rates.length).toBeGreaterThan(450_000);
  });

  it('is not thrown down by 5 % of loss while the delay does not grow', () => {
    const link = start(1_500_000, { loss: 0.05, delayMs: 20, jitterMs: 5 });
    link.run(30);
    expect(link.link.bitrate).toBeNull();
    expect(link.link.fractionLost).toBeGreaterThan(0.02);
    expect(link.told.some(({ congested }) => congested)).toBe(false);
  });

  it('yields once to 15 % of loss, and no more when that changes nothing', () => {
    const link = start(1_500_000, { loss: 0.15 });
    link.run(40, obey(link, 1_500_000));
    expect(link.link.bitrate).toBeGreaterThan(900_000);
  });

  it('comes down to what gets through where the queue is too short to be noticed', () => {
    const link = start(1_500_000, { bitrate: 600_000, maxQueueMs: 40 });
    link.run(30, obey(link, 1_500_000));
    expect(link.link.bitrate).toBeLessThan(900_000);
    expect(link.link.fractionLost).toBeLessThan(0.15);
  });

  it('takes no key frame for a narrow link', () => {
    const link = start(1_500_000, { bitrate: 4_000_000 });
    link.keyFrameEvery = 60;
    link.run(30);
    expect(link.longestQueueMs).toBeGreaterThan(100);
    expect(link.link.bitrate).toBeNull();
  });

  it('is as before after an outage', () => {
    const link = start(1_500_000);
    link.run(5);
    link.network.down = true;
    link.run(5);
    expect(link.link).toMatchObject({ silent: true, congested: false });
    link.network.down = false;
    link.run(1);
    expect(link.link.silent).toBe(false);
    expect(link.link).toMatchObject({ bitrate: null, congested: false });
    expect(link.link.fractionLost).toBeLessThan(0.1);
  });

  it('learns from a short probe that more goes through, or that it does not', () => {
    const link = start(1_500_000, { bitrate: 600_000 });
    link.run(3);
    link.bitrate = 300_000;
    link.run(5);
    link.longestQueueMs = 0;
    link.probe(2_300_000, 50);
    expect(link.link.probing).toBe(true);
    link.run(2);
    expect(link.link.bitrate).toBeLessThan(650_000);
    expect(link.longestQueueMs).toBeLessThan(250);
    link.network.bitrate = Infinity;
    link.run(1);
    link.probe(2_300_000, 50);
    link.run(1);
    expect(link.link).toMatchObject({ probing: false, congested: false });
    expect(link.link.bitrate).toBeGreaterThan(1_800_000);
  });

  it('counts a packet that was given up and came late as arrived', () => {
    const link = start(1_500_000, { jitterMs: 3 });
    link.run(20);
    expect(link.link.fractionLost).toBeLessThan(0.02);
  });

  it('tells no more than four times a second while nothing gets worse', () => {
    const link = start(1_500_000);
    link.run(10);
    expect(link.told.length).toBeLessThanOrEqual(41);
  });
});

describe('the estimate from reports', () => {
  /** Reports once a second, while a constant bitrate is sent. */
  function reported(sent: number): {
    estimator: LinkEstimator;
    second: (fractionLost: number, roundTripMs: number | null) => LinkEstimate;
    now: () => number;
  } {
    let now = 1000;
    let bytes = 0;
    const estimator = new LinkEstimator({
      sent: new SentLog(),
      bytesSent: () => bytes,
      onLink: () => undefined,
    });
    const second = (fractionLost: number, roundTripMs: number | null): LinkEstimate => {
      for (let quarter = 0; quarter < 4; quarter++) {
        now += 250;
        bytes += sent / 32;
        estimator.at(now);
      }
      estimator.takeReport(now, fractionLost, roundTripMs);
      return estimator.at(now);
    };
    return { estimator, second, now: () => now };
  }

  it('follows the estimate of the peer when that falls below what is sent', () => {
    const { estimator, second, now } = reported(1_500_000);
    for (let i = 0; i < 5; i++) second(0, 20);
    // The first ones of a beginner rise from below what goes through.
    estimator.takeBandwidth(now(), 1_200_000);
    estimator.takeBandwidth(now(), 1_300_000);
    expect(estimator.at(now())).toMatchObject({ bitrate: null, congested: false });
    estimator.takeBandwidth(now(), 480_000);
    expect(estimator.at(now())).toMatchObject({ bitrate: 480_000, congested: true });
    second(0, 20);
    estimator.takeBandwidth(now(), 500_000);
    expect(estimator.at(now())).toMatchObject({ bitrate: 500_000, congested: false });
  });

  it('takes what goes through without harm for proven, though the peer lags behind', () => {
    const { estimator, second, now } = reported(1_500_000);
    second(0, 20);
    second(0, 20);
    estimator.takeBandwidth(now(), 900_000);
    estimator.takeBandwidth(now(), 480_000);
    for (let i = 0; i < 5; i++) second(0, 20);
    expect(estimator.at(now()).bitrate).toBeGreaterThan(1_400_000);
  });

  it('comes down with the losses of a peer that says nothing else, and up again after them', () => {
    const { second } = reported(1_000_000);
    for (let i = 0; i < 3; i++) second(0.05, null);
    expect(second(0.05, null).bitrate).toBeNull();
    const lossy = second(0.4, null);
    expect(lossy.congested).toBe(true);
    expect(lossy.bitrate).toBeLessThan(600_000);
    let last = lossy;
    for (let i = 0; i < 10; i++) last = second(0, null);
    expect(last.congested).toBe(false);
    expect(last.bitrate).toBeGreaterThan((lossy.bitrate ?? 0) * 1.5);
  });

  it('blames the link for no round trip that was long because a machine was busy', () => {
    const { second } = reported(1_500_000);
    for (let i = 0; i < 20; i++) {
      expect(second(0, 20 + i / 10)).toMatchObject({ congested: false });
      expect(second(0, 300 + i * 20)).toMatchObject({ congested: false });
      expect(second(0, 400 + i * 20)).toMatchObject({ congested: false, bitrate: null });
    }
  });

  it('sees the queue in a round trip that grows', () => {
    const { second } = reported(1_000_000);
    for (let i = 0; i < 5; i++) expect(second(0, 30).congested).toBe(false);
    second(0, 150);
    second(0, 400);
    const link = second(0, 500);
    // By itself it is no sign for sure that something would drain.
    expect(link).toMatchObject({ congested: true, queueMs: null, roundTripMs: 500 });
    expect(link.bitrate).toBeLessThan(1_000_000);
    // The peer says so itself.
    expect(second(0.3, 500)).toMatchObject({ congested: true, queueMs: 120 });
    for (let i = 0; i < 5; i++) second(0, 600 + i);
    expect(second(0, 610).queueMs).toBeNull();
  });

  it('takes a round trip that is long, but grows no more, for that of a busy machine', () => {
    const { second } = reported(1_500_000);
    for (let i = 0; i < 5; i++) second(0, 30);
    const bitrates = Array.from(
      { length: 12 },
      (_, i) => second(0, 800 + ((i * 7) % 10) * 20).bitrate,
    );
    expect(Math.min(...bitrates.map((bitrate) => bitrate ?? Infinity))).toBeGreaterThan(1_000_000);
    expect(bitrates.at(-1)).toBeGreaterThan(1_400_000);
  });
});
