import { describe, expect, it } from 'vitest';
import type { AudioData } from '../../../../src/media/audio-data.js';
import { SoundTimeline } from '../../../../src/pipeline/sound/sound-timeline.js';
import { channelOf, levelAt, tone } from '../../../support/tones.js';

/** So many ms of a sound that can be told from silence. */
function ones(ms: number, value: number = 100): Int16Array {
  return new Int16Array(ms * 48).fill(value);
}

function samplesOf(pieces: readonly AudioData[]): number[] {
  return pieces.flatMap((piece) => [...piece.toInt16()]);
}

describe('SoundTimeline', () => {
  it('cuts sound into pieces of 20 ms that follow each other from its first time on', () => {
    const timeline = new SoundTimeline(2);
    const pieces = [0, 7000, 14_000, 21_000, 28_000, 35_000, 42_000].flatMap((at) =>
      timeline.add(new Int16Array(7 * 48 * 2), 1_000_000 + at),
    );
    expect(pieces.map(({ timestamp }) => timestamp)).toEqual([1_000_000, 1_020_000]);
    expect(pieces[0]).toMatchObject({ numberOfFrames: 960, numberOfChannels: 2 });
    expect(timeline.end).toBe(1_049_000);
  });

  it('leaves times alone that jitter by rounding', () => {
    const timeline = new SoundTimeline(1);
    for (let piece = 0; piece < 500; piece++) timeline.add(ones(20), piece * 20_000 + (piece % 2));
    expect(timeline.end).toBe(500 * 20_000);
  });

  it('makes a gap silence, to the sample', () => {
    const timeline = new SoundTimeline(1);
    const pieces = [
      ...timeline.add(ones(20), 0),
      ...timeline.add(ones(20), 120_000),
      ...timeline.add(ones(20), 140_000),
    ];
    const samples = samplesOf(pieces);
    expect(samples).toHaveLength(160 * 48);
    expect(samples.slice(20 * 48, 120 * 48).every((sample) => sample === 0)).toBe(true);
    expect(samples.slice(120 * 48).every((sample) => sample === 100)).toBe(true);
  });

  it('cuts off what comes twice', () => {
    const timeline = new SoundTimeline(1);
    const pieces = [
      ...timeline.add(ones(200, 1), 0),
      ...timeline.add(ones(50, 2), 100_000),
      ...timeline.add(ones(100, 3), 120_000),
    ];
    const samples = samplesOf(pieces);
    expect(samples.indexOf(3)).toBe(200 * 48);
    expect(samples).not.toContain(2);
    expect(timeline.end).toBe(220_000);
  });

  it('begins anew after a long gap, and never before what was given out', () => {
    const timeline = new SoundTimeline(1);
    timeline.add(ones(40), 0);
    expect(timeline.add(ones(20), 5_000_000)[0]?.timestamp).toBe(5_000_000);
    timeline.reset();
    expect(timeline.end).toBeNull();
    expect(timeline.add(ones(20), 4_000_000)).toEqual([]);
    expect(timeline.add(ones(30), 5_010_000)[0]?.timestamp).toBe(5_020_000);
  });

  it('fills up with silence where it is told to', () => {
    const timeline = new SoundTimeline(1);
    expect(timeline.silence(1_000_000)).toEqual([]);
    timeline.add(ones(10), 0);
    const pieces = timeline.silence(50_000);
    expect(pieces).toHaveLength(2);
    expect(timeline.end).toBe(50_000);
    expect(timeline.silence(40_000)).toEqual([]);
  });

  it.each([
    ['slower', 1.002],
    ['faster', 0.998],
  ])('follows a clock that runs %s, without a break in the sound', (_, rate) => {
    const timeline = new SoundTimeline(1);
    const samples = tone({ frequency: 1000, sampleRate: 48_000, duration: 20_000 });
    const pieces: AudioData[] = [];
    let furthest = 0;
    for (let piece = 0; piece < 1000; piece++) {
      const at = piece * 20_000 * rate;
      pieces.push(...timeline.add(samples.subarray(piece * 960, (piece + 1) * 960), at));
      furthest = Math.max(furthest, Math.abs((timeline.end ?? 0) - at - 20_000));
    }
    expect(furthest).toBeLessThan(8000);
    const sound = channelOf(pieces);
    let step = 0;
    for (let i = 1; i < sound.length; i++)
      step = Math.max(step, Math.abs(sound[i]! - sound[i - 1]!));
    // A full step of 1 kHz at half of full scale is 0.066.
    expect(step).toBeLessThan(0.075);
    expect(levelAt(sound.subarray(480_000, 528_000), 1000 / rate, 48_000)).toBeGreaterThan(0.4);
  });
});
