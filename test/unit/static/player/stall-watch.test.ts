import { describe, expect, it } from 'vitest';
import { loadPageModule } from '../../../support/page-module.js';

interface Progress {
  framesDecoded: number;
  videoBytes: number;
  lifeSigns: number | null;
}
interface StallWatch {
  look(progress: Progress, now: number): void;
  restart(): void;
  expectNothing(): void;
  readonly silent: boolean;
  readonly stalled: boolean;
  readonly hopeless: boolean;
}

const { StallWatch } = await loadPageModule<{ StallWatch: new () => StallWatch }>('stall-watch');

describe('StallWatch', () => {
  /** Looks each second; `frames` per look. The server answers checks all the while. */
  function watch(...looks: number[]): StallWatch {
    const stallWatch = new StallWatch();
    looks.forEach((framesDecoded, index) => {
      const progress = { framesDecoded, videoBytes: framesDecoded, lifeSigns: index };
      stallWatch.look(progress, (index + 1) * 1000);
    });
    return stallWatch;
  }
  const flowing = [10, 30, 50, 70, 90];
  const still = (seconds: number): number[] => new Array<number>(seconds).fill(90);

  it('notices a source that stops after 3 looks without a picture, gives up after 6', () => {
    expect(watch(...flowing, ...still(2))).toMatchObject({ stalled: false });
    expect(watch(...flowing, ...still(3))).toMatchObject({ stalled: true, hopeless: false });
    expect(watch(...flowing, ...still(6))).toMatchObject({ hopeless: true, silent: false });
  });

  it('calms down with the next picture', () => {
    expect(watch(...flowing, ...still(5), 91)).toMatchObject({ stalled: false });
  });

  it('waits longer for a source that is slow by nature', () => {
    const slow = [1, 2, 3, 4, 5].flatMap((frames) => [frames, frames, frames, frames]);
    expect(watch(...slow, ...new Array<number>(9).fill(5)).stalled).toBe(false);
    expect(watch(...slow, ...new Array<number>(10).fill(5)).stalled).toBe(true);
  });

  it('raises no alarm for one picture every 15 s', () => {
    const stallWatch = new StallWatch();
    for (let second = 1; second <= 120; second += 1) {
      const framesDecoded = 1 + Math.floor(second / 15);
      const progress = { framesDecoded, videoBytes: framesDecoded * 9000, lifeSigns: second };
      stallWatch.look(progress, second * 1000);
      expect(stallWatch).toMatchObject({ silent: false, stalled: false, hopeless: false });
    }
  });

  it('notices within seconds that nothing at all arrives, however slow the source', () => {
    const stallWatch = new StallWatch();
    const look = (second: number): void =>
      stallWatch.look({ framesDecoded: 1, videoBytes: 9000, lifeSigns: 5 }, second * 1000);
    for (let second = 1; second <= 4; second += 1) look(second);
    expect(stallWatch.silent).toBe(false);
    look(5);
    expect(stallWatch).toMatchObject({ silent: true, hopeless: false });
    stallWatch.expectNothing();
    expect(stallWatch.silent).toBe(true);
    look(6);
    look(7);
    look(8);
    expect(stallWatch.hopeless).toBe(true);
    stallWatch.look({ framesDecoded: 1, videoBytes: 9000, lifeSigns: 6 }, 9000);
    expect(stallWatch).toMatchObject({ silent: false, hopeless: false });
  });

  it('notices that no picture comes of what arrives', () => {
    const stallWatch = new StallWatch();
    for (let second = 1; second <= 5; second += 1) {
      const progress = { framesDecoded: 0, videoBytes: second * 9000, lifeSigns: second };
      stallWatch.look(progress, second * 1000);
    }
    expect(stallWatch).toMatchObject({ stalled: true, silent: false });
    stallWatch.expectNothing();
    expect(stallWatch.stalled).toBe(false);
  });

  it('calls nothing silent in a browser that does not count', () => {
    const stallWatch = new StallWatch();
    for (let second = 1; second <= 20; second += 1) {
      stallWatch.look({ framesDecoded: 1, videoBytes: 9000, lifeSigns: null }, second * 1000);
    }
    expect(stallWatch.silent).toBe(false);
  });

  it('does not blame the stream for a tab that was asleep', () => {
    const stallWatch = watch(...flowing);
    stallWatch.look({ framesDecoded: 90, videoBytes: 90, lifeSigns: 99 }, 600_000);
    expect(stallWatch.stalled).toBe(false);
  });
});
