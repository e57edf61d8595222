import { describe, expect, it } from 'vitest';
import { InvalidStateError } from '../../../src/errors.js';
import { AudioData } from '../../../src/media/audio-data.js';
import type { AudioDataInit } from '../../../src/media/audio-data.js';

const init: AudioDataInit = {
  format: 's16',
  sampleRate: 48_000,
  numberOfChannels: 2,
  timestamp: 40_000,
  data: Int16Array.of(1, 2, 3, 4, 5, 6),
};

describe('AudioData', () => {
  it('states its shape, and its length in frames and microseconds', () => {
    const audio = new AudioData(init);
    expect(audio).toMatchObject({
      format: 's16',
      sampleRate: 48_000,
      numberOfChannels: 2,
      numberOfFrames: 3,
      timestamp: 40_000,
      duration: 63,
      closed: false,
    });
    expect(audio.data).toBe(init.data);
  });

  it('is made from bare samples', () => {
    const audio = AudioData.from(Float32Array.of(0, 1), { sampleRate: 16_000 });
    expect(audio).toMatchObject({ format: 'f32', numberOfChannels: 1, timestamp: 0 });
    expect(
      AudioData.from(new Int16Array(4), { sampleRate: 8000, numberOfChannels: 2 }),
    ).toMatchObject({ format: 's16', numberOfFrames: 2 });
  });

  it('scales floats by 32,767 and clips them', () => {
    const audio = AudioData.from(Float32Array.of(-2, -1, -0.5, 0, 0.5, 1, 2, NaN, Infinity), {
      sampleRate: 48_000,
    });
    expect([...audio.toInt16()]).toEqual([
      -32_768, -32_767, -16_383, 0, 16_383, 32_767, 32_767, 0, 32_767,
    ]);
  });

  it('divides integers by 32,768', () => {
    const audio = AudioData.from(Int16Array.of(-32_768, -16_384, 0, 16_384, 32_767), {
      sampleRate: 48_000,
    });
    expect([...audio.toFloat32()]).toEqual([-1, -0.5, 0, 0.5, 32_767 / 32_768]);
  });

  it('weaves planes', () => {
    const planar = new AudioData({
      ...init,
      format: 's16-planar',
      data: Int16Array.of(1, 2, 3, -1, -2, -3),
    });
    expect([...planar.toInt16()]).toEqual([1, -1, 2, -2, 3, -3]);
    const floats = new AudioData({
      ...init,
      format: 'f32-planar',
      data: Float32Array.of(0.5, 1, -0.5, -1),
    });
    expect([...floats.toFloat32()]).toEqual([0.5, -0.5, 1, -1]);
    expect([...floats.toInt16()]).toEqual([16_383, -16_383, 32_767, -32_767]);
    expect([...planar.toFloat32()]).toEqual([1, -1, 2, -2, 3, -3].map((x) => x / 32_768));
  });

  it('gives the memory itself when that is what was asked for', () => {
    const audio = new AudioData(init);
    expect(audio.toInt16()).toBe(init.data);
    const mono = new AudioData({ ...init, format: 's16-planar', numberOfChannels: 1 });
    expect(mono.toInt16()).toBe(init.data);
    const floats = AudioData.from(Float32Array.of(1), { sampleRate: 8000 });
    expect(floats.toFloat32()).toBe(floats.data);
  });

  it('gives further handles, at other times too', () => {
    const audio = new AudioData(init);
    const clone = audio.clone();
    const later = audio.at(99);
    audio.close();
    expect(clone.data).toBe(init.data);
    expect(clone.timestamp).toBe(40_000);
    expect(later).toMatchObject({ timestamp: 99, numberOfFrames: 3, format: 's16' });
  });

  it('closes twice, and refuses its samples afterwards', () => {
    const audio = new AudioData(init);
    audio.close();
    audio.close();
    expect(audio.closed).toBe(true);
    for (const use of [
      () => audio.data,
      () => audio.toInt16(),
      () => audio.toFloat32(),
      () => audio.clone(),
      () => audio.at(0),
    ]) {
      expect(use).toThrow(InvalidStateError);
    }
  });

  it('may be empty', () => {
    const audio = AudioData.from(new Int16Array(0), { sampleRate: 8000 });
    expect(audio).toMatchObject({ numberOfFrames: 0, duration: 0 });
  });

  it.each([
    [{ format: 'u8' }, TypeError, 'format'],
    [{ format: undefined }, TypeError, 'format'],
    [{ data: new Float32Array(2) }, TypeError, 'data'],
    [{ data: [1, 2] }, TypeError, 'data'],
    [{ format: 'f32', data: new Int16Array(2) }, TypeError, 'data'],
    [{ data: new Int16Array(3) }, RangeError, 'data'],
    [{ sampleRate: 0 }, RangeError, 'sampleRate'],
    [{ sampleRate: 44_100.5 }, RangeError, 'sampleRate'],
    [{ sampleRate: NaN }, RangeError, 'sampleRate'],
    [{ sampleRate: 1e9 }, RangeError, 'sampleRate'],
    [{ sampleRate: '48000' }, RangeError, 'sampleRate'],
    [{ numberOfChannels: 0 }, RangeError, 'numberOfChannels'],
    [{ numberOfChannels: 9 }, RangeError, 'numberOfChannels'],
    [{ numberOfChannels: 1.5 }, RangeError, 'numberOfChannels'],
    [{ timestamp: NaN }, RangeError, 'timestamp'],
    [{ timestamp: Infinity }, RangeError, 'timestamp'],
    [{ timestamp: undefined }, RangeError, 'timestamp'],
  ])('refuses %o', (wrong, Kind, field) => {
    const make = (): AudioData => new AudioData({ ...init, ...wrong } as AudioDataInit);
    expect(make).toThrow(Kind);
    expect(make).toThrow(field);
  });
});
