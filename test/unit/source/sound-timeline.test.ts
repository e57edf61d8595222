import { describe, expect, it } from 'vitest';
import type { DecodedSound } from '../../../src/codec/sound-decoder.js';
import { SoundTimeline } from '../../../src/source/sound-timeline.js';

/** 20 ms of stereo at 48 kHz, every sample the same. */
function piece(value = 1): DecodedSound {
  const samples = new Int16Array(1920).fill(value);
  return { time: null, samples, sampleRate: 48_000, numberOfChannels: 2 };
}

function place(
  timeline: SoundTimeline,
  ms: number | null,
): { at: number; ms: number; silent: boolean }[] {
  return timeline.place(piece(), ms === null ? null : ms * 1000).map((audio) => ({
    at: audio.timestamp / 1000,
    ms: audio.duration / 1000,
    silent: audio.data.every((sample) => sample === 0),
  }));
}

describe('SoundTimeline', () => {
  it('counts in samples what containers round', () => {
    const timeline = new SoundTimeline();
    expect(place(timeline, 0)).toEqual([{ at: 0, ms: 20, silent: false }]);
    expect(place(timeline, 21)).toEqual([{ at: 20, ms: 20, silent: false }]);
    expect(place(timeline, 39)).toEqual([{ at: 40, ms: 20, silent: false }]);
    expect(place(timeline, null)).toEqual([{ at: 60, ms: 20, silent: false }]);
  });

  it('fills gaps with silence, and leaves long ones', () => {
    const timeline = new SoundTimeline();
    place(timeline, 100);
    expect(place(timeline, 220)).toEqual([
      { at: 120, ms: 100, silent: true },
      { at: 220, ms: 20, silent: false },
    ]);
    expect(place(timeline, 3000)).toEqual([{ at: 3000, ms: 20, silent: false }]);
  });

  it('cuts what overlaps, and leaves out what is over', () => {
    const timeline = new SoundTimeline();
    for (let ms = 0; ms < 100; ms += 20) place(timeline, ms);
    expect(place(timeline, 40)).toEqual([]);
    const long = { ...piece(), samples: new Int16Array(96 * 200).fill(1) };
    const [rest] = timeline.place(long, 50_000);
    expect(rest).toMatchObject({ timestamp: 100_000, duration: 150_000 });
  });

  it('begins at 0, with what is heard from there on', () => {
    const timeline = new SoundTimeline();
    expect(timeline.end).toBe(-Infinity);
    expect(place(timeline, -40)).toEqual([]);
    expect(place(timeline, -5)).toEqual([{ at: 0, ms: 15, silent: false }]);
  });
});
