import { describe, expect, it } from 'vitest';
import { RenditionFlow } from '../../../src/delivery/rendition-flow.js';
import type { RenditionInfo, RenditionLevel } from '../../../src/media/rendition-info.js';

function rendition(level: RenditionLevel, more: Partial<RenditionInfo> = {}): RenditionInfo {
  const bitrate = level === 'full' ? 1_500_000 : 500_000;
  return { id: `h264/${level}`, codec: 'h264', level, bitrate, minBitrate: 100_000, ...more };
}

const source = rendition('source', { profile: 'high', keyFrameMs: 2000 });
const full = rendition('full');
const half = rendition('half');
const quarter = rendition('quarter');

/** A flow, whose pictures are wanted, and what was told of it since the last look. */
class Watched {
  readonly wanted: string[] = [];
  readonly flow: RenditionFlow;
  #told: string[] = [];

  constructor(ladder: readonly RenditionInfo[] = [full, half, quarter]) {
    this.flow = new RenditionFlow({
      ladder,
      join: (id) => {
        if (!this.wanted.includes(id)) this.wanted.push(id);
      },
      leave: (id) => {
        this.wanted.splice(this.wanted.indexOf(id), 1);
      },
      tell: (event) => {
        const which = event.kind === 'drop' ? event.rendition : event.rendition.id;
        this.#told.push(`${event.kind} ${which}`);
      },
    });
  }

  /** On `info`, by a key frame of it. */
  static on(info: RenditionInfo, ladder?: readonly RenditionInfo[]): Watched {
    const watched = new Watched(ladder);
    watched.flow.begin(info, 0);
    watched.flow.passes(info.id, true);
    watched.told();
    return watched;
  }

  told(): string[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }

  key(info: RenditionInfo): boolean {
    return this.flow.passes(info.id, true);
  }

  delta(info: RenditionInfo): boolean {
    return this.flow.passes(info.id, false);
  }
}

describe('RenditionFlow', () => {
  it('lets nothing through before the first key frame', () => {
    const watched = new Watched();
    expect(watched.flow.wanted).toBeNull();
    expect(watched.key(full)).toBe(false);
    watched.flow.begin(full, 0);
    expect([watched.delta(full), watched.key(half), watched.key(full)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(watched.delta(full)).toBe(true);
    expect(watched.told()).toEqual(['moved h264/full']);
  });

  it('goes on with what flows until a key frame of the next one comes', () => {
    const watched = Watched.on(full);
    watched.flow.follow(half, false, 0);
    expect(watched.wanted).toEqual(['h264/full', 'h264/half']);
    expect(watched.flow.awaits('h264/half')).toBe(true);
    expect([watched.delta(full), watched.delta(half), watched.key(full)]).toEqual([
      true,
      false,
      true,
    ]);
    expect([watched.key(half), watched.delta(full), watched.delta(half)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(watched.told()).toEqual(['take h264/half', 'moved h264/half', 'drop h264/full']);
    expect(watched.wanted).toEqual(['h264/half']);
  });

  it('goes back, or on to a third, when the next one is not wanted any more', () => {
    const watched = Watched.on(half);
    watched.flow.follow(full, false, 0);
    watched.flow.follow(half, false, 0);
    expect(watched.told()).toEqual(['take h264/full', 'drop h264/full']);
    watched.flow.follow(full, false, 0);
    watched.flow.follow(quarter, false, 0);
    expect([watched.key(full), watched.delta(half), watched.key(quarter)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(watched.wanted).toEqual(['h264/quarter']);
  });

  it('lets nothing through in a pause, takes the next one after it, and begins with a key frame', () => {
    const watched = Watched.on(full);
    expect(watched.flow.follow(half, true, 0)).toBe(false);
    expect(watched.flow.paused).toBe(true);
    expect(watched.flow.wanted).toBe(half);
    expect([watched.key(full), watched.told()]).toEqual([false, []]);
    expect(watched.flow.isLate(60_000)).toBe(false);
    expect(watched.flow.follow(half, false, 60_000)).toBe(true);
    expect(watched.told()).toEqual(['take h264/half']);
    expect([watched.delta(full), watched.key(half), watched.delta(half)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('goes on from the next key frame of what flowed before a pause', () => {
    const watched = Watched.on(full);
    watched.flow.follow(full, true, 0);
    watched.flow.follow(full, false, 250);
    expect([watched.delta(full), watched.key(full), watched.delta(full)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(watched.told()).toEqual([]);
  });

  it('says when a key frame should have come', () => {
    const watched = Watched.on(full);
    expect(watched.flow.isLate(60_000)).toBe(false);
    watched.flow.follow(half, false, 60_000);
    expect([watched.flow.isLate(60_900), watched.flow.isLate(61_000)]).toEqual([false, true]);
    watched.key(half);
    expect(watched.flow.isLate(62_000)).toBe(false);
  });

  it('leaves all when closed, twice, and wants nothing', () => {
    const watched = Watched.on(full);
    watched.flow.follow(half, false, 0);
    watched.flow.close();
    watched.flow.close();
    expect(watched.wanted).toEqual([]);
    expect(watched.flow.wanted).toBeNull();
    expect([watched.key(full), watched.key(half)]).toEqual([false, false]);
  });
});

describe("the source's own pictures", () => {
  const ladder = [source, full, half];

  it('are bridged by an encoding when a key frame is needed, and taken at their own', () => {
    const watched = new Watched(ladder);
    watched.flow.begin(source, 0);
    expect(watched.flow.askable()).toBe(full);
    expect(watched.flow.askable()).toBe(full);
    expect(watched.told()).toEqual(['take h264/full']);
    expect([watched.key(full), watched.delta(full), watched.delta(source)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(watched.flow.wanted).toBe(source);
    // An encoding is shown meanwhile: there is no hurry.
    expect(watched.flow.isLate(60_000)).toBe(false);
    expect([watched.key(source), watched.delta(full)]).toEqual([true, false]);
    expect(watched.told()).toEqual(['moved h264/full', 'moved h264/source', 'drop h264/full']);
    expect(watched.wanted).toEqual(['h264/source']);
  });

  it('flow again at once when their key frame comes before that of the encoding', () => {
    const watched = Watched.on(source, ladder);
    expect(watched.flow.askable()).toBe(full);
    expect([watched.delta(source), watched.key(source), watched.key(full)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(watched.told()).toEqual(['take h264/full', 'moved h264/source', 'drop h264/full']);
    expect(watched.wanted).toEqual(['h264/source']);
  });

  it('are waited for where their key frames come often, or nothing else is there', () => {
    const frequent = { ...source, keyFrameMs: 400 };
    expect(Watched.on(frequent, [frequent, full]).flow.askable()).toBe(frequent);
    expect(Watched.on(source, [source]).flow.askable()).toBe(source);
  });

  it('are given up for their bridge, which is not taken a second time', () => {
    const watched = new Watched(ladder);
    watched.flow.begin(source, 0);
    watched.flow.askable();
    watched.flow.follow(full, false, 0);
    expect([watched.key(source), watched.key(full), watched.delta(full)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(watched.told()).toEqual(['take h264/full', 'drop h264/source', 'moved h264/full']);
    expect(watched.wanted).toEqual(['h264/full']);
  });

  it('are given up with their bridge', () => {
    const watched = new Watched(ladder);
    watched.flow.begin(source, 0);
    watched.flow.askable();
    watched.flow.follow(half, false, 0);
    expect(watched.wanted).toEqual(['h264/half']);
    expect([watched.key(full), watched.key(half)]).toEqual([false, true]);
  });

  it('stop flowing when they come back as something that the viewer cannot take', () => {
    const watched = Watched.on(source, ladder);
    watched.flow.setLadder([full, half]);
    watched.flow.follow(full, false, 0);
    expect([watched.key(source), watched.delta(source)]).toEqual([false, false]);
    expect([watched.key(full), watched.delta(full)]).toEqual([true, true]);
    expect(watched.wanted).toEqual(['h264/full']);
  });
});

describe('a ladder that changes', () => {
  it('is what is chosen from, with its new figures, and what flows goes on', () => {
    const watched = Watched.on(full);
    const smaller = { ...full, bitrate: 700_000 };
    watched.flow.setLadder([smaller, half]);
    expect(watched.flow.ladder).toEqual([smaller, half]);
    expect(watched.flow.wanted).toBe(smaller);
    expect(watched.delta(full)).toBe(true);
    watched.flow.setLadder([half]);
    expect(watched.delta(full)).toBe(true);
  });
});
