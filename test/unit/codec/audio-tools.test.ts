import { describe, expect, it } from 'vitest';
import {
  aggregateInt16,
  concatAudio,
  float32ToInt16,
  int16ToFloat32,
  resampleAudio,
} from '../../../src/codec/audio-tools.js';
import { InvalidStateError } from '../../../src/errors.js';
import { AudioData } from '../../../src/media/audio-data.js';
import { channelOf, levelAt, tone } from '../../support/tones.js';

describe('int16ToFloat32 and float32ToInt16', () => {
  it('scale as AudioData does', () => {
    expect([...int16ToFloat32(Int16Array.of(-32_768, 0, 16_384))]).toEqual([-1, 0, 0.5]);
    expect([...float32ToInt16(Float32Array.of(-1, 0, 0.5, 1, 9))]).toEqual([
      -32_767, 0, 16_383, 32_767, 32_767,
    ]);
  });

  it('refuse other kinds of samples', () => {
    expect(() => int16ToFloat32(new Float32Array(1) as never)).toThrow(TypeError);
    expect(() => float32ToInt16([0.5] as never)).toThrow(TypeError);
  });
});

describe('resampleAudio', () => {
  it('keeps length, time, pitch and level', () => {
    const samples = tone({ frequency: 440, sampleRate: 44_100, duration: 333 });
    const audio = AudioData.from(samples, { sampleRate: 44_100, timestamp: 55 });
    const made = resampleAudio(audio, { sampleRate: 16_000, numberOfChannels: 2 });
    expect(made).toMatchObject({
      format: 's16',
      sampleRate: 16_000,
      numberOfChannels: 2,
      numberOfFrames: 5328,
      timestamp: 55,
    });
    expect(levelAt(channelOf([made], 1), 440, 16_000)).toBeCloseTo(0.5, 1);
  });

  it('keeps floats, and channels when nothing is said', () => {
    const data = Float32Array.from(tone({ frequency: 440, sampleRate: 8000, duration: 50 }), (x) =>
      Math.fround(x / 32_768),
    );
    const audio = AudioData.from(data, { sampleRate: 8000, numberOfChannels: 2 });
    const made = resampleAudio(audio, { sampleRate: 8000 });
    expect(made).toMatchObject({ format: 'f32', numberOfChannels: 2 });
    expect(made.data).toEqual(data);
    expect(made.data).not.toBe(data);
  });

  it('takes one frame, and none', () => {
    const one = AudioData.from(Int16Array.of(5), { sampleRate: 8000 });
    expect(resampleAudio(one, { sampleRate: 48_000 }).numberOfFrames).toBe(6);
    const none = AudioData.from(new Int16Array(0), { sampleRate: 8000 });
    expect(resampleAudio(none, { sampleRate: 48_000 }).numberOfFrames).toBe(0);
  });

  it('refuses wrong arguments', () => {
    const audio = AudioData.from(new Int16Array(8), { sampleRate: 8000 });
    expect(() => resampleAudio(audio, { sampleRate: 1 })).toThrow(RangeError);
    expect(() => resampleAudio(audio, { sampleRate: 8000, numberOfChannels: 0 })).toThrow(
      RangeError,
    );
    expect(() => resampleAudio(new Int16Array(8) as never, { sampleRate: 8000 })).toThrow(
      TypeError,
    );
    audio.close();
    expect(() => resampleAudio(audio, { sampleRate: 8000 })).toThrow(InvalidStateError);
  });
});

describe('concatAudio', () => {
  it('joins pieces, at the time of the first', () => {
    const pieces = [
      AudioData.from(Int16Array.of(1, 2), { sampleRate: 8000, timestamp: 9 }),
      AudioData.from(new Int16Array(0), { sampleRate: 8000 }),
      AudioData.from(Int16Array.of(3), { sampleRate: 8000, timestamp: 4 }),
    ];
    const made = concatAudio(pieces);
    expect([...made.data]).toEqual([1, 2, 3]);
    expect(made).toMatchObject({ format: 's16', timestamp: 9 });
  });

  it('converts what differs from the first', () => {
    const made = concatAudio([
      AudioData.from(Float32Array.of(0.5), { sampleRate: 16_000 }),
      AudioData.from(new Int16Array(8), { sampleRate: 8000, numberOfChannels: 2 }),
    ]);
    expect(made).toMatchObject({ format: 'f32', sampleRate: 16_000, numberOfFrames: 9 });
  });

  it('weaves planes', () => {
    const piece = new AudioData({
      format: 's16-planar',
      sampleRate: 8000,
      numberOfChannels: 2,
      timestamp: 0,
      data: Int16Array.of(1, 2, 3, 4),
    });
    const made = concatAudio([piece, piece]);
    expect(made.format).toBe('s16');
    expect([...made.data]).toEqual([1, 3, 2, 4, 1, 3, 2, 4]);
  });

  it('refuses nothing, and what is no open AudioData', () => {
    expect(() => concatAudio([])).toThrow(TypeError);
    expect(() => concatAudio([{} as never])).toThrow('parts[0]');
    const audio = AudioData.from(new Int16Array(8), { sampleRate: 8000 });
    audio.close();
    expect(() => concatAudio([audio])).toThrow(InvalidStateError);
  });
});

describe('aggregateInt16', () => {
  async function collect(chunks: Parameters<typeof aggregateInt16>[0]): Promise<number[][]> {
    const made: number[][] = [];
    for await (const samples of aggregateInt16(chunks)) made.push([...samples]);
    return made;
  }

  it('carries odd bytes over, gives nothing for no sample, and drops the last odd byte', async () => {
    const chunks = [[1], [0, 2, 0, 255], [], [255, 4], [0, 7]].map((bytes) =>
      Uint8Array.from(bytes),
    );
    expect(await collect(chunks)).toEqual([[1, 2], [-1], [4]]);
  });

  it('reads asynchronous chunks that lie at odd addresses of shared memory', async () => {
    const memory = Buffer.from([9, 1, 0, 2, 0, 3, 0]);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(memory.subarray(1, 4));
      yield memory.subarray(4, 7);
    }
    expect(await collect(chunks())).toEqual([[1], [2, 3]]);
  });

  it('keeps its own memory', async () => {
    const chunk = Uint8Array.of(1, 0);
    for await (const samples of aggregateInt16([chunk])) {
      chunk.fill(7);
      expect([...samples]).toEqual([1]);
    }
    expect(chunk[0]).toBe(7);
  });

  it('ends the source when it is left early', async () => {
    let ended = false;
    function* chunks(): Generator<Uint8Array> {
      try {
        for (;;) yield Uint8Array.of(1, 0);
      } finally {
        ended = true;
      }
    }
    for await (const samples of aggregateInt16(chunks())) {
      expect([...samples]).toEqual([1]);
      break;
    }
    expect(ended).toBe(true);
  });

  it('refuses chunks that are no bytes', async () => {
    await expect(collect(['ab'] as never)).rejects.toThrow(TypeError);
  });
});
