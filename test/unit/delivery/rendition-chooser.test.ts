import { describe, expect, it } from 'vitest';
import { RenditionChooser } from '../../../src/delivery/rendition-chooser.js';
import type { RenditionDecision } from '../../../src/delivery/rendition-chooser.js';
import type { RenditionInfo, RenditionLevel } from '../../../src/media/rendition-info.js';
import { unknownLink } from '../../../src/rtc/link-estimate.js';
import type { LinkEstimate } from '../../../src/rtc/link-estimate.js';
import { SimulatedLink } from '../../support/simulated-link.js';

function rendition(level: RenditionLevel, bitrate: number, minBitrate: number): RenditionInfo {
  return { id: `vp8/${level}`, codec: 'vp8', level, bitrate, minBitrate };
}

const full = rendition('full', 1_500_000, 600_000);
const half = rendition('half', 530_000, 212_000);
const quarter = rendition('quarter', 187_000, 75_000);
const ladder = [full, half, quarter];

function link(change: Partial<LinkEstimate>): LinkEstimate {
  return { ...unknownLink, ...change };
}

describe('RenditionChooser', () => {
  it('begins with the best where nothing is known, and with what the link bears where it is', () => {
    const chooser = new RenditionChooser();
    expect(chooser.decide(0, unknownLink, ladder, null)).toEqual({
      rendition: full,
      limit: null,
      pause: false,
      probe: null,
    });
    const poor = link({ bitrate: 400_000 });
    expect(new RenditionChooser().decide(0, poor, ladder, null).rendition).toBe(half);
    const poorest = link({ bitrate: 10_000 });
    expect(new RenditionChooser().decide(0, poorest, ladder, null).rendition).toBe(quarter);
  });

  it('chooses nothing from an empty ladder, and anew from one without the current rendition', () => {
    const chooser = new RenditionChooser();
    expect(chooser.decide(0, unknownLink, [], null)).toMatchObject({
      rendition: null,
      limit: null,
    });
    expect(chooser.decide(250, unknownLink, [half], full).rendition).toBe(half);
  });

  it('lets the bitrate follow a link that bears less than the best, and more than the least', () => {
    const chooser = new RenditionChooser();
    const decision = chooser.decide(0, link({ bitrate: 1_000_000 }), ladder, full);
    expect(decision).toMatchObject({ rendition: full, limit: 850_000, pause: false });
    const ample = chooser.decide(250, link({ bitrate: 3_000_000 }), ladder, full);
    expect(ample.limit).toBeNull();
  });

  it('moves down at once below the least, past renditions that are too much as well', () => {
    const chooser = new RenditionChooser();
    const narrow = link({ bitrate: 510_000, congested: true, queueMs: 300 });
    expect(chooser.decide(0, narrow, ladder, full)).toMatchObject({
      rendition: half,
      limit: 433_500,
      pause: true,
    });
    const narrower = link({ bitrate: 150_000, congested: true });
    expect(new RenditionChooser().decide(0, narrower, ladder, full).rendition).toBe(quarter);
  });

  it('moves down when a lower limit does not help, because others keep the bitrate up', () => {
    const chooser = new RenditionChooser();
    const crowded = { bitrate: 900_000, sentBitrate: 1_500_000, congested: true };
    const rising = [50, 100, 130, 150, 170, 190, 300].map((queueMs, index) => {
      return chooser.decide(index * 250, link({ ...crowded, queueMs }), ladder, full).rendition;
    });
    expect(rising).toEqual([full, full, full, full, full, full, half]);
    // As long as the queue stays short, the encoder has longer to follow.
    const patient = new RenditionChooser();
    const short = link({ ...crowded, queueMs: 60 });
    expect(patient.decide(0, short, ladder, full).rendition).toBe(full);
    expect(patient.decide(1000, short, ladder, full).rendition).toBe(full);
    expect(patient.decide(2400, short, ladder, full).rendition).toBe(full);
    expect(patient.decide(2500, short, ladder, full).rendition).toBe(half);
  });

  it('pauses for a long queue until it has drained, not for that of a key frame', () => {
    const chooser = new RenditionChooser();
    const pauses = (now: number, queueMs: number): boolean =>
      chooser.decide(
        now,
        link({ bitrate: 200_000, queueMs, congested: queueMs > 400 }),
        ladder,
        quarter,
      ).pause;
    expect([pauses(0, 250), pauses(250, 180), pauses(500, 90)]).toEqual([false, false, false]);
    expect([pauses(5000, 450), pauses(5250, 450), pauses(5500, 200)]).toEqual([true, true, true]);
    expect(pauses(5750, 20)).toBe(false);
    expect([pauses(20_000, 250), pauses(20_700, 250)]).toEqual([false, true]);
  });

  it('pauses a pinned viewer ever longer, since each pause ends with a key frame', () => {
    const chooser = new RenditionChooser();
    chooser.quality = 'high';
    let paused = 0;
    const pauses: number[] = [];
    for (let now = 0; now < 60_000; now += 250) {
      const queueMs = paused > 0 ? 0 : 600;
      const { pause, rendition: chosen } = chooser.decide(
        now,
        link({ bitrate: 100_000, queueMs, congested: queueMs > 0 }),
        ladder,
        full,
      );
      expect(chosen).toBe(full);
      if (pause) paused += 250;
      else if (paused > 0) {
        pauses.push(paused);
        paused = 0;
      }
    }
    expect(pauses.length).toBeLessThan(20);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(8000);
  });

  it.each([
    ['high', full],
    ['medium', half],
    ['low', quarter],
  ] as const)('keeps a viewer that asks for %s there, whatever the link', (quality, expected) => {
    const chooser = new RenditionChooser();
    chooser.quality = quality;
    for (const bitrate of [null, 50_000, 5_000_000]) {
      const decision = chooser.decide(0, link({ bitrate }), ladder, full);
      expect(decision).toMatchObject({ rendition: expected, probe: null });
    }
    chooser.quality = 'auto';
    expect(chooser.decide(60_000, link({ bitrate: 5_000_000 }), ladder, full).rendition).toBe(full);
  });

  it('probes before it rises, and later after each probe in vain', () => {
    const chooser = new RenditionChooser();
    const probes: number[] = [];
    const calm = link({ bitrate: 400_000 });
    for (let now = 0; now < 120_000; now += 250) {
      const { probe, rendition: chosen } = chooser.decide(now, calm, ladder, half);
      expect(chosen).toBe(half);
      if (probe === null) continue;
      probes.push(now);
      expect(probe.bitrate).toBeGreaterThan(full.bitrate);
      // What it sends beyond what the link is known to bear makes no long queue.
      expect((probe.ms * (probe.bitrate - 400_000)) / 400_000).toBeLessThan(250);
    }
    const gaps = probes.slice(1).map((at, index) => at - (probes[index] as number));
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    expect(gaps.at(-1)).toBeGreaterThan(20_000);
    const later = link({ bitrate: 2_000_000 });
    expect(chooser.decide(120_000, later, ladder, half).rendition).toBe(full);
  });
});

describe('an outage', () => {
  it('changes nothing: what is known is of before', () => {
    const chooser = new RenditionChooser();
    const away = link({ bitrate: 900_000, sentBitrate: 1_500_000, silent: true });
    for (let now = 0; now < 30_000; now += 250) {
      expect(chooser.decide(now, away, ladder, half)).toMatchObject({
        rendition: half,
        pause: false,
        probe: null,
      });
    }
  });
});

/** A viewer on a simulated link, chosen for four times a second. */
class Viewer {
  readonly link: SimulatedLink = new SimulatedLink();
  readonly chooser: RenditionChooser = new RenditionChooser();
  readonly moves: { atMs: number; to: string }[] = [];
  current: RenditionInfo = full;
  pausedMs = 0;
  /** Others watch `full`, whose links are good. */
  shared = false;
  #paused = false;

  run(seconds: number): void {
    this.link.bitrate = this.#paused ? 0 : this.link.bitrate || full.bitrate;
    this.link.run(seconds, (estimate) => {
      const decision = this.chooser.decide(this.link.now, estimate, ladder, this.current);
      this.#follow(decision);
    });
  }

  #follow({ rendition: chosen, limit, pause, probe }: RenditionDecision): void {
    if (chosen === null) throw new Error('nothing chosen');
    if (chosen.id !== this.current.id) this.moves.push({ atMs: this.link.now, to: chosen.level });
    if (chosen.id !== this.current.id || (this.#paused && !pause)) this.link.keyFrame();
    this.current = chosen;
    this.#paused = pause;
    if (pause) this.pausedMs += 250;
    if (probe !== null) this.link.probe(probe.bitrate, probe.ms);
    const kept = this.shared && chosen === full;
    const followed = Math.max(chosen.minBitrate, Math.min(chosen.bitrate, limit ?? Infinity));
    this.link.bitrate = pause ? 0 : kept ? chosen.bitrate : followed;
  }
}

describe('a viewer', () => {
  it('on a link of 600 kbit/s gets half the size, with little delay; and all again once it is free', () => {
    const viewer = new Viewer();
    viewer.shared = true;
    viewer.run(5);
    viewer.link.network.bitrate = 600_000;
    const since = viewer.link.now;
    viewer.run(5);
    expect(viewer.moves[0]).toMatchObject({ to: 'half' });
    expect((viewer.moves[0]?.atMs ?? Infinity) - since).toBeLessThan(1000);
    viewer.pausedMs = 0;
    viewer.link.longestQueueMs = 0;
    viewer.run(60);
    expect(viewer.moves).toHaveLength(1);
    expect(viewer.pausedMs).toBe(0);
    expect(viewer.link.longestQueueMs).toBeLessThan(300);
    viewer.link.network.bitrate = Infinity;
    const freed = viewer.link.now;
    viewer.run(30);
    expect(viewer.moves.map(({ to }) => to)).toEqual(['half', 'full']);
    expect((viewer.moves[1]?.atMs ?? Infinity) - freed).toBeLessThan(25_000);
  });

  it('that joins over a link of 600 kbit/s finds its place within seconds', () => {
    const viewer = new Viewer();
    viewer.shared = true;
    viewer.link.network.bitrate = 600_000;
    viewer.link.keyFrame();
    viewer.run(5);
    viewer.link.longestQueueMs = 0;
    viewer.run(55);
    expect(viewer.current).toBe(half);
    expect(viewer.moves.length).toBeLessThanOrEqual(3);
    expect(viewer.link.longestQueueMs).toBeLessThan(400);
  });

  it('does not go up and down on a link that bears more than half and less than full', () => {
    const viewer = new Viewer();
    viewer.shared = true;
    viewer.link.network.bitrate = 900_000;
    viewer.run(120);
    // A trial now and then, ever more seldom.
    expect(viewer.moves.length).toBeLessThanOrEqual(9);
    expect(viewer.current).toBe(half);
    expect(viewer.pausedMs).toBeLessThan(10_000);
  });

  it('keeps the full size at a lower bitrate when it watches alone', () => {
    const viewer = new Viewer();
    viewer.link.network.bitrate = 1_100_000;
    viewer.run(60);
    viewer.link.longestQueueMs = 0;
    viewer.run(30);
    expect(viewer.current).toBe(full);
    expect(viewer.link.longestQueueMs).toBeLessThan(300);
  });

  it('stays where it is through 5 % of loss, jitter, and an outage of 5 s', () => {
    const viewer = new Viewer();
    Object.assign(viewer.link.network, { loss: 0.05, delayMs: 20, jitterMs: 5 });
    viewer.run(20);
    viewer.link.network.down = true;
    viewer.run(5);
    viewer.link.network.down = false;
    viewer.run(10);
    expect(viewer.moves).toEqual([]);
    expect(viewer.pausedMs).toBe(0);
  });

  it('pinned to full on 300 kbit/s skips pictures, and the delay does not grow', () => {
    const viewer = new Viewer();
    viewer.shared = true;
    viewer.chooser.quality = 'high';
    Object.assign(viewer.link.network, { bitrate: 300_000, maxQueueMs: 60_000 });
    viewer.run(30);
    viewer.link.longestQueueMs = 0;
    viewer.run(60);
    const early = viewer.link.longestQueueMs;
    viewer.link.longestQueueMs = 0;
    viewer.run(60);
    expect(viewer.link.longestQueueMs).toBeLessThan(Math.max(early, 3000) * 1.2);
    expect(viewer.moves).toEqual([]);
  });
});
