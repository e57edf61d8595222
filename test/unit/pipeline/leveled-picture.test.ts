import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BufferBacking } from '../../../src/media/buffer-backing.js';
import type { FrameBacking } from '../../../src/media/frame-backing.js';
import { VideoFrame } from '../../../src/media/video-frame.js';
import { LeveledPicture, LevelScalers } from '../../../src/pipeline/leveled-picture.js';

/** Gray pixels that know how many handles on them are open. */
class CountedBacking implements FrameBacking {
  static open = 0;
  readonly format = 'GRAY8' as const;
  readonly codedWidth = 641;
  readonly codedHeight = 361;
  readonly fails: boolean;

  constructor(fails: boolean) {
    this.fails = fails;
    CountedBacking.open += 1;
  }

  copy(): Buffer {
    if (this.fails) throw new Error('no pixels');
    return Buffer.alloc(this.codedWidth * this.codedHeight, 100);
  }

  clone(): FrameBacking {
    return new CountedBacking(this.fails);
  }

  close(): void {
    CountedBacking.open -= 1;
  }
}

describe('LeveledPicture', () => {
  let scalers: LevelScalers;

  beforeEach(() => {
    scalers = new LevelScalers();
  });

  afterEach(() => scalers.close());

  function picture(fails = false): LeveledPicture {
    return new LeveledPicture(new VideoFrame(new CountedBacking(fails), { timestamp: 5 }), scalers);
  }

  it('scales once for all who ask, in even sizes and one format', async () => {
    const leveled = picture();
    const [full, half, quarter, again] = await Promise.all([
      leveled.at('full'),
      leveled.at('half'),
      leveled.at('quarter'),
      leveled.at('half'),
    ]);
    expect(again).toBe(half);
    const shapes = [full, half, quarter].map(
      ({ format, codedWidth, codedHeight, timestamp }) =>
        `${format} ${codedWidth}x${codedHeight} @${timestamp}`,
    );
    expect(shapes).toEqual(['I420 640x360 @5', 'I420 320x180 @5', 'I420 160x90 @5']);
    // Gray 100 of 255 in limited range.
    expect(half.toBuffer()[0]).toBe(102);
    leveled.release();
    await vi.waitFor(() => expect([full, half, quarter].every(({ closed }) => closed)).toBe(true));
    expect(CountedBacking.open).toBe(0);
  });

  it('lets go of its pixels with the last hold, also while it is being scaled', async () => {
    const leveled = picture().retain();
    const scaling = leveled.at('half');
    leveled.release();
    expect(leveled.frame.closed).toBe(false);
    leveled.release();
    const half = await scaling;
    await vi.waitFor(() => expect(half.closed).toBe(true));
    expect(CountedBacking.open).toBe(0);
  });

  it('costs nothing when nobody asks for it', () => {
    const leveled = picture();
    leveled.release();
    expect(leveled.frame.closed).toBe(true);
  });

  it('fails alone when it cannot be scaled', async () => {
    const broken = picture(true);
    await expect(broken.at('full')).rejects.toThrow('no pixels');
    await expect(broken.at('half')).rejects.toThrow('no pixels');
    broken.release();
    await vi.waitFor(() => expect(CountedBacking.open).toBe(0));
    const next = picture();
    expect((await next.at('half')).codedWidth).toBe(320);
    next.release();
  });

  it('goes on after scalers of unused levels were freed', async () => {
    const before = picture();
    await before.at('half');
    await scalers.keep(new Set(['full']));
    const after = picture();
    await expect(after.at('half')).resolves.toBeInstanceOf(VideoFrame);
    before.release();
    after.release();
  });

  it('takes plain bytes as they are', async () => {
    const backing = new BufferBacking(Buffer.alloc(64 * 48), 'GRAY8', 64, 48);
    const leveled = new LeveledPicture(new VideoFrame(backing, { timestamp: 0 }), scalers);
    expect((await leveled.at('full')).format).toBe('I420');
    leveled.release();
  });
});
