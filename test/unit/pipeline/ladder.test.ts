import { describe, expect, it } from 'vitest';
import { Ladder, levelSize } from '../../../src/pipeline/ladder.js';

function ladderOf(width: number, height: number, bitrate = 2_500_000): Ladder {
  const ladder = new Ladder({ bitrate });
  ladder.resize({ width, height });
  return ladder;
}

const ids = (ladder: Ladder): string[] => ladder.renditions('vp8').map(({ id }) => id);

describe('Ladder', () => {
  it('offers full, half and quarter size, best first', () => {
    expect(ids(ladderOf(1280, 720))).toEqual(['vp8/full', 'vp8/half', 'vp8/quarter']);
  });

  it('offers the best alone while the size is not known', () => {
    expect(ids(new Ladder({ bitrate: 1_000_000 }))).toEqual(['vp8/full']);
  });

  it.each([
    [640, 360, 3],
    [360, 640, 3],
    [480, 270, 2],
    [176, 144, 1],
    [2, 2, 1],
  ])('leaves out what is too small of %ix%i', (width, height, count) => {
    expect(ids(ladderOf(width, height))).toHaveLength(count);
  });

  it('offers the levels that are wanted, in its own order', () => {
    const ladder = new Ladder({ bitrate: 1_000_000, levels: ['quarter', 'half'] });
    ladder.resize({ width: 1920, height: 1080 });
    expect(ids(ladder)).toEqual(['vp8/half', 'vp8/quarter']);
  });

  it('leaves out what the encoder of a codec does not take', () => {
    const levels = (width: number, height: number): string[] =>
      ladderOf(width, height)
        .renditions('av1')
        .map(({ level }) => level);
    expect(levels(1280, 720)).toEqual(['full', 'half', 'quarter']);
    expect(levels(1000, 120)).toEqual(['full']);
    expect(levels(1000, 62)).toEqual([]);
  });

  it('gives smaller pictures more bits a pixel, and each level room below its ceiling', () => {
    const [full, half, quarter] = ladderOf(1280, 720).renditions('h264');
    expect(full).toMatchObject({ bitrate: 2_500_000, minBitrate: 600_000 });
    expect(half).toMatchObject({ bitrate: 883_883, minBitrate: 212_132 });
    expect(quarter).toMatchObject({ bitrate: 312_500, minBitrate: 75_000 });
  });

  it('gives who leaves the source’s own pictures less than those took', () => {
    const ladder = ladderOf(1280, 720);
    ladder.pass({
      id: 'h264/source',
      codec: 'h264',
      level: 'source',
      bitrate: 800_000,
      minBitrate: 640_000,
    });
    expect(ladder.renditions('h264').map(({ bitrate }) => bitrate)).toEqual([
      800_000, 2_500_000, 353_553, 125_000,
    ]);
    expect(ladder.renditions('vp8')[1]).toMatchObject({ bitrate: 883_883 });
    ladder.pass(null);
    expect(ladder.renditions('h264')[1]).toMatchObject({ bitrate: 883_883 });
  });

  it.each([10_000, 300_000, 2_500_000, 50_000_000])(
    'keeps to a bit rate of %i, and each floor below its ceiling',
    (most) => {
      for (const [width, height] of [
        [640, 480],
        [1280, 720],
        [3840, 2160],
      ] as const) {
        for (const { bitrate, minBitrate } of ladderOf(width, height, most).renditions('vp8')) {
          expect(bitrate).toBeLessThanOrEqual(most);
          expect(minBitrate).toBeLessThanOrEqual(bitrate);
          expect(minBitrate).toBeGreaterThanOrEqual(10_000);
        }
      }
    },
  );

  it('says when a new size changes it, and keeps its objects until then', () => {
    const ladder = new Ladder({ bitrate: 1_000_000 });
    expect(ladder.resize({ width: 640, height: 480 })).toBe(true);
    const before = ladder.renditions('vp8');
    expect(ladder.resize({ width: 640, height: 480 })).toBe(false);
    expect(ladder.renditions('vp8')).toBe(before);
    expect(ladder.resize({ width: 320, height: 240 })).toBe(true);
    expect(ids(ladder)).toEqual(['vp8/full', 'vp8/half']);
  });
});

describe('levelSize', () => {
  it.each([
    ['full', 1280, 720, 1280, 720],
    ['full', 641, 481, 640, 480],
    ['half', 1366, 768, 684, 384],
    ['quarter', 1280, 720, 320, 180],
    ['quarter', 1, 1, 2, 2],
  ] as const)('makes %s of %ix%i even', (level, width, height, toWidth, toHeight) => {
    expect(levelSize(level, { width, height })).toEqual({ width: toWidth, height: toHeight });
  });
});
