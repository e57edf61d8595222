import { afterEach, describe, expect, it } from 'vitest';
import { AudioResampler } from '../../../src/codec/audio-resampler.js';
import type { AudioResamplerConfig } from '../../../src/codec/audio-resampler.js';
import { InvalidStateError } from '../../../src/errors.js';
import { AudioData } from '../../../src/media/audio-data.js';
import { channelOf, inPieces, levelAt, rms, tone } from '../../support/tones.js';

const open: AudioResampler[] = [];
afterEach(() => {
  for (const resampler of open.splice(0)) resampler.close();
});

function create(config: AudioResamplerConfig): AudioResampler {
  const resampler = AudioResampler.create(config);
  open.push(resampler);
  return resampler;
}

function run(resampler: AudioResampler, pieces: readonly AudioData[]): AudioData[] {
  return [...pieces.flatMap((piece) => resampler.push(piece)), ...resampler.flush()];
}

describe('AudioResampler', () => {
  it.each([
    [48_000, 24_000],
    [48_000, 16_000],
    [24_000, 48_000],
    [8000, 48_000],
    [48_000, 8000],
    [44_100, 48_000],
    [48_000, 44_100],
    [22_050, 16_000],
  ])('keeps pitch, level and length of a tone from %i to %i Hz', (from, to) => {
    const pieces = inPieces(tone({ frequency: 440, sampleRate: from, duration: 1000 }), {
      sampleRate: from,
      frames: Math.round(from / 50),
    });
    const samples = channelOf(run(create({ sampleRate: to, numberOfChannels: 1 }), pieces));
    expect(Math.abs(samples.length - to)).toBeLessThan(40);
    const middle = samples.subarray(to * 0.1, to * 0.9);
    expect(levelAt(middle, 440, to)).toBeCloseTo(0.5, 2);
    // Nothing but the tone.
    expect(rms(middle)).toBeCloseTo(0.5 / Math.SQRT2, 2);
  });

  it('suppresses what the new rate cannot hold, by more than 60 dB', () => {
    const pieces = inPieces(tone({ frequency: 7000, sampleRate: 48_000, duration: 500 }), {
      sampleRate: 48_000,
      frames: 960,
    });
    const samples = channelOf(run(create({ sampleRate: 8000, numberOfChannels: 1 }), pieces));
    expect(rms(samples.subarray(400, 3600))).toBeLessThan(0.0005);
  });

  it('keeps what is just below the limit', () => {
    const pieces = inPieces(tone({ frequency: 7000, sampleRate: 48_000, duration: 500 }), {
      sampleRate: 48_000,
      frames: 960,
    });
    const samples = channelOf(run(create({ sampleRate: 16_000, numberOfChannels: 1 }), pieces));
    expect(levelAt(samples.subarray(800, 7200), 7000, 16_000)).toBeGreaterThan(0.45);
  });

  it.each([1, 7, 100, 441, 5000])('gives the same for pieces of %i frames', (frames) => {
    const whole = tone({ frequency: 1000, sampleRate: 44_100, duration: 300 });
    const config = { sampleRate: 16_000, numberOfChannels: 1, frameSize: 320 };
    const once = run(create(config), inPieces(whole, { sampleRate: 44_100, frames: 1e6 }));
    const often = run(create(config), inPieces(whole, { sampleRate: 44_100, frames }));
    expect(channelOf(often)).toEqual(channelOf(once));
    expect(often.map(({ timestamp }) => timestamp)).toEqual(once.map(({ timestamp }) => timestamp));
  });

  it('cuts to its frame size, fills up the last piece and counts the times', () => {
    const resampler = create({ sampleRate: 24_000, numberOfChannels: 1, frameSize: 480 });
    const pieces = inPieces(tone({ frequency: 300, sampleRate: 48_000, duration: 110 }), {
      sampleRate: 48_000,
      frames: 960,
      start: 5_000_000,
    });
    const made = run(resampler, pieces);
    expect(made.every(({ numberOfFrames }) => numberOfFrames === 480)).toBe(true);
    expect(made.map(({ timestamp }) => timestamp - 5_000_000)).toEqual(
      [0, 20, 40, 60, 80, 100].map((ms) => ms * 1000),
    );
  });

  it('aligns its times with the sound', () => {
    // A click at 100 ms of the input is at 100 ms of the output.
    const samples = new Int16Array(9600);
    samples[4800] = 32_000;
    const pieces = inPieces(samples, { sampleRate: 48_000, frames: 100, start: 1000 });
    const made = run(create({ sampleRate: 16_000, numberOfChannels: 1 }), pieces);
    const values = channelOf(made).map(Math.abs);
    expect(values.indexOf(Math.max(...values))).toBe(1600);
    expect(made[0]?.timestamp).toBe(1000);
  });

  it('counts on over times that jitter, stand still or go back', () => {
    const resampler = create({ sampleRate: 48_000, numberOfChannels: 1 });
    const samples = new Int16Array(960);
    const times = [0, 25_000, 0, 0, -1_000_000, 103_000].flatMap((timestamp) =>
      resampler
        .push(AudioData.from(samples, { sampleRate: 48_000, timestamp }))
        .map((piece) => piece.timestamp),
    );
    expect(times).toEqual([0, 20_000, 40_000, 60_000, 80_000, 100_000]);
  });

  it('goes on at the new time after a gap, the rest first', () => {
    const resampler = create({ sampleRate: 48_000, numberOfChannels: 1, frameSize: 960 });
    const loud = new Int16Array(1000).fill(1000);
    expect(resampler.push(AudioData.from(loud, { sampleRate: 48_000 }))).toHaveLength(1);
    const after = resampler.push(AudioData.from(loud, { sampleRate: 48_000, timestamp: 500_000 }));
    expect(after.map(({ timestamp }) => timestamp)).toEqual([20_000, 500_000]);
    expect(channelOf(after.slice(0, 1)).filter((value) => value !== 0)).toHaveLength(40);
  });

  it('takes any kind of samples, and another kind on the way, without a break', () => {
    const resampler = create({ sampleRate: 16_000, numberOfChannels: 1 });
    const pieces: AudioData[] = [];
    let time = 0;
    const shapes = [
      { sampleRate: 48_000, numberOfChannels: 2 },
      { sampleRate: 44_100, numberOfChannels: 1 },
      { sampleRate: 16_000, numberOfChannels: 1 },
      { sampleRate: 8000, numberOfChannels: 2 },
    ];
    for (const [i, shape] of shapes.entries()) {
      // Each goes on where the tone was.
      const cycles = { frequency: 500, duration: 200, ...shape };
      const samples = tone(cycles);
      const format = (['f32', 's16', 's16', 's16'] as const)[i];
      const data = format === 'f32' ? Float32Array.from(samples, (x) => x / 32_768) : samples;
      pieces.push(new AudioData({ ...shape, format: format ?? 's16', timestamp: time, data }));
      time += 200_000;
    }
    const samples = channelOf(run(resampler, pieces));
    expect(Math.abs(samples.length - 12_800)).toBeLessThan(60);
    expect(levelAt(samples, 500, 16_000)).toBeCloseTo(0.5, 1);
  });

  it.each(['s16-planar', 'f32-planar'] as const)('reads %s', (format) => {
    const left = tone({ frequency: 400, sampleRate: 48_000, duration: 100 });
    const right = tone({ frequency: 900, sampleRate: 48_000, duration: 100, level: 0.25 });
    const planes = Int16Array.of(...left, ...right);
    const data = format === 's16-planar' ? planes : Float32Array.from(planes, (x) => x / 32_768);
    const audio = new AudioData({
      format,
      sampleRate: 48_000,
      numberOfChannels: 2,
      timestamp: 0,
      data,
    });
    const made = run(create({ sampleRate: 24_000, numberOfChannels: 2 }), [audio]);
    expect(levelAt(channelOf(made, 0), 400, 24_000)).toBeCloseTo(0.5, 1);
    expect(levelAt(channelOf(made, 1), 900, 24_000)).toBeCloseTo(0.25, 1);
    expect(levelAt(channelOf(made, 1), 400, 24_000)).toBeLessThan(0.001);
  });

  it.each(['s16', 'f32'] as const)('keeps levels between mono and stereo, as %s', (format) => {
    const mono = inPieces(tone({ frequency: 440, sampleRate: 48_000, duration: 100 }), {
      sampleRate: 48_000,
      frames: 960,
    });
    const stereo = run(create({ sampleRate: 48_000, numberOfChannels: 2, format }), mono);
    expect(stereo[0]).toMatchObject({ format, numberOfChannels: 2 });
    expect(levelAt(channelOf(stereo, 0), 440, 48_000)).toBeCloseTo(0.5, 2);
    expect(channelOf(stereo, 1)).toEqual(channelOf(stereo, 0));
    const back = run(create({ sampleRate: 48_000, numberOfChannels: 1, format }), stereo);
    expect(levelAt(channelOf(back), 440, 48_000)).toBeCloseTo(0.5, 2);
  });

  it('mixes many channels down without clipping', () => {
    const loud = tone({
      frequency: 440,
      sampleRate: 48_000,
      duration: 100,
      level: 1,
      numberOfChannels: 8,
    });
    const pieces = inPieces(loud, { sampleRate: 48_000, numberOfChannels: 8, frames: 960 });
    const made = channelOf(run(create({ sampleRate: 48_000, numberOfChannels: 1 }), pieces));
    expect(levelAt(made, 440, 48_000)).toBeCloseTo(1, 1);
    expect(levelAt(made, 1320, 48_000)).toBeLessThan(0.001);
  });

  it('copies what it does not have to convert', () => {
    const samples = Int16Array.of(1, 2, 3);
    const [piece] = create({ sampleRate: 8000, numberOfChannels: 1 }).push(
      AudioData.from(samples, { sampleRate: 8000, timestamp: 7 }),
    );
    samples.fill(0);
    expect([...(piece?.data ?? [])]).toEqual([1, 2, 3]);
    expect(piece?.timestamp).toBe(7);
  });

  it('forgets what it held at a reset', () => {
    const resampler = create({ sampleRate: 48_000, numberOfChannels: 1, frameSize: 960 });
    resampler.push(AudioData.from(new Int16Array(959).fill(99), { sampleRate: 48_000 }));
    resampler.reset();
    expect(resampler.flush()).toEqual([]);
    const [piece] = resampler.push(
      AudioData.from(new Int16Array(960), { sampleRate: 48_000, timestamp: 3 }),
    );
    expect(piece?.timestamp).toBe(3);
    expect(piece?.data.every((value) => value === 0)).toBe(true);
  });

  it('lives on after sound that is no number', () => {
    const resampler = create({ sampleRate: 16_000, numberOfChannels: 1 });
    const bad = Float32Array.of(NaN, Infinity, -Infinity, 1e38, -1e38);
    resampler.push(AudioData.from(bad, { sampleRate: 48_000 }));
    const clean = inPieces(tone({ frequency: 500, sampleRate: 48_000, duration: 200 }), {
      sampleRate: 48_000,
      frames: 960,
    });
    const made = channelOf(run(resampler, clean));
    expect(levelAt(made.subarray(200), 500, 16_000)).toBeCloseTo(0.5, 1);
  });

  it('takes nothing for nothing', () => {
    const resampler = create({ sampleRate: 16_000, numberOfChannels: 1 });
    expect(resampler.push(AudioData.from(new Int16Array(0), { sampleRate: 48_000 }))).toEqual([]);
    expect(resampler.flush()).toEqual([]);
  });

  it('closes twice and is used no more', () => {
    const resampler = create({ sampleRate: 16_000, numberOfChannels: 1 });
    resampler.push(AudioData.from(new Int16Array(10), { sampleRate: 48_000 }));
    resampler.close();
    resampler.close();
    expect(resampler.closed).toBe(true);
    const audio = AudioData.from(new Int16Array(1), { sampleRate: 48_000 });
    expect(() => resampler.push(audio)).toThrow(InvalidStateError);
    expect(() => resampler.flush()).toThrow(InvalidStateError);
    expect(() => resampler.reset()).toThrow(InvalidStateError);
  });

  it('refuses what is no open AudioData', () => {
    const resampler = create({ sampleRate: 16_000, numberOfChannels: 1 });
    const closed = AudioData.from(new Int16Array(1), { sampleRate: 48_000 });
    closed.close();
    expect(() => resampler.push(closed)).toThrow(InvalidStateError);
    for (const wrong of [null, undefined, {}, new Int16Array(4), 'x']) {
      expect(() => resampler.push(wrong as never)).toThrow(TypeError);
    }
  });

  it.each([
    [{ sampleRate: 0 }, RangeError, 'sampleRate'],
    [{ sampleRate: '48000' }, TypeError, 'sampleRate'],
    [{ sampleRate: 1e7 }, RangeError, 'sampleRate'],
    [{ numberOfChannels: 0 }, RangeError, 'numberOfChannels'],
    [{ numberOfChannels: 9 }, RangeError, 'numberOfChannels'],
    [{ frameSize: 0 }, RangeError, 'frameSize'],
    [{ frameSize: 1.5 }, RangeError, 'frameSize'],
    [{ format: 's16-planar' }, TypeError, 'format'],
  ])('refuses %o', (wrong, Kind, field) => {
    const make = (): AudioResampler =>
      create({ sampleRate: 48_000, numberOfChannels: 1, ...wrong } as AudioResamplerConfig);
    expect(make).toThrow(Kind);
    expect(make).toThrow(field);
  });
});
