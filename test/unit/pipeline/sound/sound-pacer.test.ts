import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AudioData } from '../../../../src/media/audio-data.js';
import { SoundPacer } from '../../../../src/pipeline/sound/sound-pacer.js';
import type { SoundPacing } from '../../../../src/pipeline/sound/sound-pacer.js';

const { signal } = new AbortController();

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

function piece(timestamp: number = 0): AudioData {
  return AudioData.from(new Int16Array(960), { sampleRate: 48_000, timestamp });
}

function pacer(pacing: SoundPacing): SoundPacer {
  return new SoundPacer(pacing, () => Date.now());
}

describe('SoundPacer', () => {
  it.each(['timestamp', 'auto'] as const)('holds back %s what comes at once', async (pacing) => {
    const paced = pacer(pacing);
    const times: number[] = [];
    const reading = (async (): Promise<void> => {
      for (let i = 0; i < 50; i++) times.push(await paced.wait(piece(), 0, signal));
    })();
    await vi.advanceTimersByTimeAsync(100);
    expect(times.length).toBeGreaterThan(5);
    expect(times.length).toBeLessThan(12);
    await vi.advanceTimersByTimeAsync(1000);
    await reading;
    times.forEach((time, index) => expect(time).toBe(100_000_000 + index * 20_000));
  });

  it('dates what was recorded back to where it began', async () => {
    expect(await pacer('arrival').wait(piece(), 20, signal)).toBe(99_980_000);
    expect(await pacer('auto').wait(piece(), 20, signal)).toBe(99_980_000);
  });

  it('counts on through the jitter of a source that keeps time', async () => {
    const paced = pacer('arrival');
    const times: number[] = [];
    for (let i = 0; i < 200; i++) {
      vi.setSystemTime(100_000 + i * 20 + (i % 3) * 8);
      times.push(await paced.wait(piece(), 20, signal));
    }
    const first = times[0] ?? 0;
    times.forEach((time, i) => expect(Math.abs(time - first - i * 20_000)).toBeLessThan(9000));
    for (let i = 1; i < times.length; i++) {
      expect(Math.abs(times[i]! - times[i - 1]! - 20_000)).toBeLessThanOrEqual(101);
    }
  });

  it.each([1.001, 0.999])('follows a clock that runs at %f of ours', async (rate) => {
    const paced = pacer('arrival');
    let time = 0;
    for (let i = 0; i < 3000; i++) {
      vi.setSystemTime(100_000 + i * 20 * rate);
      time = await paced.wait(piece(), 20, signal);
    }
    expect(Math.abs(time / 1000 - (Date.now() - 20))).toBeLessThan(10);
  });

  it('takes pieces that were held up for what they are, and goes on where they belong', async () => {
    const paced = pacer('arrival');
    const times: number[] = [];
    for (let i = 0; i < 150; i++) {
      // From the 50th on nothing comes for 400 ms, and then all at once.
      const arrival = i >= 50 && i < 70 ? 70 : i;
      vi.setSystemTime(100_000 + arrival * 20);
      times.push(await paced.wait(piece(), 20, signal));
    }
    const first = times[0] ?? 0;
    times.forEach((time, i) => expect(Math.abs(time - first - i * 20_000)).toBeLessThan(1000));
  });

  it('jumps to where a source is after it has lost sound', async () => {
    const paced = pacer('arrival');
    let time = 0;
    for (let i = 0; i < 200; i++) {
      vi.setSystemTime(100_000 + i * 20 + (i > 50 ? 300 : 0));
      time = await paced.wait(piece(), 20, signal);
    }
    expect(Math.abs(time / 1000 - (Date.now() - 20))).toBeLessThan(2);
  });

  it('keeps gaps in stated times, and passes over times that do not grow', async () => {
    const paced = pacer('timestamp');
    const first = await paced.wait(piece(0), 0, signal);
    expect((await paced.wait(piece(20_000), 0, signal)) - first).toBe(20_000);
    const later = paced.wait(piece(540_000), 0, signal);
    await vi.advanceTimersByTimeAsync(1000);
    expect((await later) - first).toBe(540_000);
    expect((await paced.wait(piece(0), 0, signal)) - first).toBe(560_000);
  });
});
