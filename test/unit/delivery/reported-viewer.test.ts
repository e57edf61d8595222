import { describe, expect, it } from 'vitest';
import { RenditionChooser } from '../../../src/delivery/rendition-chooser.js';
import type { RenditionInfo, RenditionLevel } from '../../../src/media/rendition-info.js';
import { LinkEstimator } from '../../../src/rtc/link/link-estimator.js';
import { SentLog } from '../../../src/rtc/sent-log.js';

function rendition(level: RenditionLevel, bitrate: number, minBitrate: number): RenditionInfo {
  return { id: `vp8/${level}`, codec: 'vp8', level, bitrate, minBitrate };
}

const full = rendition('full', 1_500_000, 600_000);
const half = rendition('half', 530_000, 212_000);
const ladder = [full, half, rendition('quarter', 187_000, 75_000)];

/**
 * A viewer that sends receiver reports and answers keep-alives, but says neither when packets arrive nor what it estimates itself, on
 * a link with a long queue.
 */
class ReportedViewer {
  /** Bits per second of the narrowest place. */
  capacity = Infinity;
  /** What its queue holds at most; the rest is lost. */
  maxQueueMs = 2000;
  /** How late the machines of both sides are. */
  busyMs: () => number = () => 0;
  current: RenditionInfo = full;
  /** Bits per second of its pictures. */
  bitrate: number = full.bitrate;
  pausedMs = 0;
  queueMs = 0;
  readonly moves: string[] = [];
  #now = 1000;
  #bytes = 0;
  #probe: { bitrate: number; until: number } | null = null;
  readonly #chooser: RenditionChooser = new RenditionChooser();
  readonly #estimator = new LinkEstimator({
    sent: new SentLog(),
    bytesSent: () => this.#bytes,
    onLink: () => undefined,
  });

  run(seconds: number): void {
    let lostMs = 0;
    for (let quarter = 1; quarter <= seconds * 4; quarter++) {
      this.#now += 250;
      const sent = this.#padded();
      this.#bytes += sent / 32;
      const excess = this.capacity === Infinity ? -1 : sent / this.capacity - 1;
      const queueMs = Math.max(0, this.queueMs + 250 * excess);
      this.queueMs = Math.min(queueMs, this.maxQueueMs);
      lostMs += queueMs - this.queueMs;
      if (quarter % 8 === 0) {
        this.#estimator.takeRoundTrip(this.#now, 20 + this.queueMs + this.busyMs());
      }
      if (quarter % 4 === 0) {
        // What was lost would have taken so long to go through, of all that was sent in this second.
        const sentMs = 1000 * (1 + Math.max(excess, -1));
        const fractionLost = lostMs === 0 ? 0 : Math.min(1, lostMs / Math.max(sentMs, lostMs));
        this.#estimator.takeReport(this.#now, fractionLost, null);
        lostMs = 0;
      }
      this.#choose();
    }
  }

  /** What is sent, padding included: a probe climbs with the estimate, as `PaddingProbe.climb`. */
  #padded(): number {
    const { bitrate, congested } = this.#estimator.at(this.#now);
    const probe = this.#probe;
    const isOver = congested || bitrate === null || this.#now > (probe?.until ?? 0);
    if (isOver || bitrate >= (probe?.bitrate ?? 0)) this.#probe = null;
    return this.#probe === null ? this.bitrate : Math.max(this.bitrate, (bitrate ?? 0) * 1.1);
  }

  #choose(): void {
    const link = this.#estimator.at(this.#now);
    const decision = this.#chooser.decide(this.#now, link, ladder, this.current);
    const chosen = decision.rendition ?? this.current;
    if (chosen.id !== this.current.id) this.moves.push(chosen.level);
    this.current = chosen;
    const { probe } = decision;
    if (probe !== null) this.#probe = { bitrate: probe.bitrate, until: this.#now + 20_000 };
    if (decision.pause) this.pausedMs += 250;
    const followed = Math.min(chosen.bitrate, decision.limit ?? Infinity);
    this.bitrate = decision.pause ? 0 : Math.max(chosen.minBitrate, followed);
  }
}

/** Late by so much, and up to half more, never twice the same. */
function late(ms: number): () => number {
  let count = 0;
  return () => ms * (1 + ((count += 7) % 10) / 20);
}

describe('a viewer that says nothing of arrivals', () => {
  it.each([150, 300, 1000, 3000])(
    'gets all its pictures while a machine is busy and answers %d ms late',
    (ms) => {
      const viewer = new ReportedViewer();
      viewer.run(20);
      viewer.busyMs = late(ms);
      viewer.run(120);
      expect(viewer.pausedMs).toBe(0);
      expect(viewer.moves).toEqual([]);
    },
  );

  it('moves down on a narrow link, which is let drain once losses bear it out, and up when it is free', () => {
    const viewer = new ReportedViewer();
    viewer.run(20);
    viewer.capacity = 400_000;
    viewer.run(10);
    expect(viewer.moves).toEqual(['half']);
    viewer.run(50);
    expect(viewer.current).not.toBe(full);
    expect(viewer.pausedMs).toBeGreaterThan(0);
    viewer.capacity = Infinity;
    viewer.run(120);
    expect(viewer.current).toBe(full);
  });

  it('comes down on a narrow link that loses nothing, by its round trip alone', () => {
    const viewer = new ReportedViewer();
    viewer.maxQueueMs = Infinity;
    viewer.run(20);
    viewer.capacity = 1_000_000;
    viewer.run(15);
    expect(viewer.bitrate).toBeLessThan(1_000_000);
    expect(viewer.pausedMs).toBe(0);
  });
});
