import { describe, expect, it } from 'vitest';
import { loadClientModule } from '../../support/client-module.js';

interface Queue {
  readonly length: number;
  push(piece: Int16Array): void;
  clear(): void;
  pull(output: Float32Array): void;
}
interface Cutter {
  push(block: Float32Array, emit: (piece: Int16Array<ArrayBuffer>) => void): void;
}

const { PlaybackQueue } = await loadClientModule<{ PlaybackQueue: new (rate: number) => Queue }>(
  'src/audio/playback-worklet.js',
);
const { PieceCutter } = await loadClientModule<{ PieceCutter: new (samples: number) => Cutter }>(
  'src/audio/capture-worklet.js',
);
const { levelOf } = await loadClientModule<{ levelOf: (samples: Float32Array) => number }>(
  'src/media/level-meter.js',
);

const rate = 48_000;
const piece = (value: number, samples = 960): Int16Array => new Int16Array(samples).fill(value);
const block = (): Float32Array => new Float32Array(128).fill(9);

describe('PlaybackQueue', () => {
  it('is silent without sound', () => {
    const queue = new PlaybackQueue(rate);
    const output = block();
    queue.pull(output);
    expect([...output]).toEqual(Array.from({ length: 128 }, () => 0));
  });

  it('begins with a cushion of 60 ms and plays in order', () => {
    const queue = new PlaybackQueue(rate);
    for (const value of [8192, 16_384]) queue.push(piece(value));
    const output = block();
    queue.pull(output);
    expect(output[0]).toBe(0);
    queue.push(piece(-16_384));
    const heard: number[] = [];
    while (queue.length > 0) {
      queue.pull(output);
      heard.push(...output);
    }
    expect(heard[0]).toBe(0.25);
    expect(heard.slice(959, 961)).toEqual([0.25, 0.5]);
    expect(heard.slice(1919, 1921)).toEqual([0.5, -0.5]);
  });

  it('plays the end of an answer that is shorter than the cushion', () => {
    const queue = new PlaybackQueue(rate);
    queue.push(piece(16_384, 256));
    let blocks = 0;
    for (; queue.length > 0 && blocks < 100; blocks++) queue.pull(block());
    // 60 ms of waiting and two blocks of sound
    expect(blocks).toBe(Math.ceil(2880 / 128) + 1);
  });

  it('fades out where the sound ends, and is silent at once after clear()', () => {
    const queue = new PlaybackQueue(rate);
    for (let count = 0; count < 4; count++) queue.push(piece(16_384));
    const output = block();
    queue.pull(output);
    expect(output.at(-1)).toBe(0.5);
    queue.clear();
    expect(queue.length).toBe(0);
    queue.pull(output);
    expect(output[0]).toBeLessThan(0.5);
    expect(output[0]).toBeGreaterThan(0.4);
    expect(output.at(-1)).toBeLessThan(0.02);
  });

  it('holds a minute at most, the newest', () => {
    const queue = new PlaybackQueue(8000);
    for (let second = 0; second < 70; second++) queue.push(piece(second, 8000));
    expect(queue.length).toBe(60 * 8000);
    const output = new Float32Array(1);
    queue.pull(output);
    expect(output[0]).toBeCloseTo(10 / 32_768);
  });
});

describe('PieceCutter', () => {
  it('cuts blocks into pieces of one length and clips what is too loud', () => {
    const cutter = new PieceCutter(200);
    const pieces: Int16Array[] = [];
    for (let count = 0; count < 4; count++) {
      cutter.push(new Float32Array(128).fill(count < 2 ? 0.5 : -2), (cut) =>
        // as the worklet does: the piece is gone with its memory
        pieces.push(structuredClone(cut, { transfer: [cut.buffer] })),
      );
    }
    expect(pieces.map((cut) => cut.length)).toEqual([200, 200]);
    expect(pieces[0]?.[0]).toBe(16_384);
    expect(pieces[1]?.at(-1)).toBe(-32_767);
    expect(pieces[0]).not.toBe(pieces[1]);
  });
});

describe('levelOf', () => {
  const sine = (amplitude: number): Float32Array =>
    Float32Array.from({ length: 4800 }, (_, index) => amplitude * Math.sin(index * 0.1));

  it('is 0 for silence, 1 for a full sine, and even steps by ear between', () => {
    expect(levelOf(new Float32Array(100))).toBe(0);
    expect(levelOf(sine(1))).toBeCloseTo(1, 1);
    expect(levelOf(sine(0.0316))).toBeCloseTo(0.5, 1);
    expect(levelOf(sine(0.0001))).toBe(0);
  });
});
