import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/logger.js';
import { createSourceFactory } from '../../../../src/source/source-factory.js';
import type { MediaSource, SourceOptions } from '../../../../src/source/source-factory.js';
import { TestTone } from '../../../../src/source/testsrc/test-tone.js';
import { textPath } from '../../../../src/source/testsrc/glyphs.js';
import {
  drawTimestampStrip,
  readTimestampStrip,
} from '../../../../src/source/testsrc/timestamp-strip.js';

import { levelAt } from '../../../support/tones.js';

const signal = new AbortController().signal;
const sources: MediaSource[] = [];

afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
});

async function open(spec: string, options: Partial<SourceOptions> = {}): Promise<MediaSource> {
  const source = createSourceFactory(spec, { logger: silentLogger, ...options }).create();
  sources.push(source);
  await source.start?.({ signal });
  return source;
}

describe('testsrc', () => {
  it('is 1280x720 at 30 pictures per second, as they come', async () => {
    const source = await open('testsrc');
    expect(source.info).toEqual({
      codedWidth: 1280,
      codedHeight: 720,
      framerate: 30,
      live: true,
      pacing: 'arrival',
      audio: { sampleRate: 48_000, numberOfChannels: 1 },
    });
    using frame = await source.read();
    expect(frame).toMatchObject({ format: 'I420', codedWidth: 1280, codedHeight: 720 });
  });

  it.each([
    ['testsrc=size=640x360,rate=15', {}, 640, 360, 15],
    ['testsrc=rate=12.5:size=321x241', {}, 321, 241, 12.5],
    ['testsrc', { resolution: [64, 48], framerate: 100 }, 64, 48, 100],
  ] as const)('takes a size and a rate: %s %j', async (spec, options, width, height, rate) => {
    const source = await open(spec, options);
    expect(source.info).toMatchObject({ codedWidth: width, codedHeight: height, framerate: rate });
    using frame = await source.read();
    expect(frame).toMatchObject({ codedWidth: width, codedHeight: height });
  });

  it('carries the time it was taken, and moves', async () => {
    const source = await open('testsrc=size=640x360,rate=60');
    const before = Date.now();
    const seen: { time: number; pixels: Buffer; timestamp: number }[] = [];
    for (let i = 0; i < 8; i++) {
      using frame = await source.read();
      if (frame === null) break;
      const pixels = frame.toBuffer();
      const time = readTimestampStrip(pixels, 640, 640, 360) ?? 0;
      seen.push({ time, pixels, timestamp: frame.timestamp });
    }
    expect(seen).toHaveLength(8);
    for (let i = 0; i < seen.length; i++) {
      expect(seen[i]?.time).toBeGreaterThanOrEqual(seen[i - 1]?.time ?? before);
      expect(seen[i]?.time).toBeLessThanOrEqual(Date.now());
      expect(seen[i]?.timestamp).toBeGreaterThan(seen[i - 1]?.timestamp ?? -1);
    }
    expect(seen[1]?.pixels.equals(seen[0]?.pixels ?? Buffer.alloc(0))).toBe(false);
  });

  it('leaves pictures that are still held alone', async () => {
    const source = await open('testsrc=size=320x180,rate=240');
    const held = await source.read();
    const pixels = held?.toBuffer() ?? Buffer.alloc(0);
    for (let i = 0; i < 20; i++) (await source.read())?.close();
    expect(held?.toBuffer().equals(pixels)).toBe(true);
    held?.close();
  });

  it('stops at once, also while it waits for the next picture', async () => {
    const source = await open('testsrc=size=320x180,rate=0.1');
    (await source.read())?.close();
    const waiting = source.read();
    await source.stop();
    expect(await waiting).toBeNull();
    expect(await source.read()).toBeNull();
  });
});

describe('the sound', () => {
  it('comes in pieces without a gap, in step with the pictures, when it is wanted', async () => {
    const source = await open('testsrc=size=320x180,rate=50');
    source.wants = { frames: true, chunks: false, audio: true };
    const order: string[] = [];
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const item = await source.next?.();
      if (item?.kind === 'frame') item.frame.close();
      if (item?.kind === 'audio') times.push(item.audio.timestamp);
      order.push(item?.kind ?? 'end');
    }
    expect(order.filter((kind) => kind === 'frame').length).toBeGreaterThan(0);
    expect(times.length).toBeGreaterThan(5);
    times.forEach((time, index) => expect(time).toBe(index * 20_000));
    source.wants = { frames: true, chunks: false, audio: false };
    for (let i = 0; i < 3; i++) {
      const item = await source.next?.();
      expect(item?.kind).toBe('frame');
      if (item?.kind === 'frame') item.frame.close();
    }
  });

  it('begins a burst of 80 ms of 1 kHz with the second, to the sample', () => {
    const tone = new TestTone();
    const start = 1_790_000_000_933.5;
    const samples: number[] = [];
    for (let piece = 0; piece < 60; piece++) {
      samples.push(...tone.next(piece * 20_000, start + piece * 20).toInt16());
    }
    const begin = 66.5 * 48;
    const sounding = samples.map((sample, index) => (sample === 0 ? -1 : index));
    const heard = sounding.filter((index) => index >= 0);
    expect(heard[0]).toBeGreaterThanOrEqual(begin);
    expect(heard[0]).toBeLessThan(begin + 10);
    const first = heard.filter((index) => index < begin + 40_000);
    expect(first.at(-1)).toBeLessThan(begin + 80 * 48);
    expect(first.at(-1)).toBeGreaterThan(begin + 80 * 48 - 48);
    expect(heard.find((index) => index > begin + 40_000)).toBeGreaterThanOrEqual(begin + 48_000);
    const burst = Float64Array.from(samples.slice(begin, begin + 3840), (value) => value / 32_767);
    expect(levelAt(burst, 1000, 48_000)).toBeCloseTo(0.5, 1);
  });

  it('ends a burst that has begun, wherever the clock jumps', () => {
    const tone = new TestTone();
    const first = tone.next(0, 1_790_000_000_995).toInt16();
    const second = tone.next(20_000, 1_790_000_003_500).toInt16();
    expect(first.some((sample) => sample !== 0)).toBe(true);
    // The same wave, without a step.
    expect(Math.abs((second[0] ?? 0) - (first[959] ?? 0))).toBeLessThan(3000);
    expect(second.some((sample) => sample !== 0)).toBe(true);
  });
});

describe('the time stamp strip', () => {
  it.each([
    [1280, 720],
    [641, 481],
    [256, 144],
  ])('can be read back at %ix%i', (width, height) => {
    const luma = new Uint8Array(width * height);
    for (const time of [0, 1, 1_790_000_000_123, 2 ** 44 - 1]) {
      drawTimestampStrip(luma, width, width, height, time);
      expect(readTimestampStrip(luma, width, width, height)).toBe(time);
    }
  });

  it('is not seen where there is none', () => {
    const luma = new Uint8Array(1280 * 720);
    expect(readTimestampStrip(luma, 1280, 1280, 720)).toBeNull();
    for (let i = 0; i < luma.length; i++) luma[i] = (i * 2_654_435_761) >>> 24;
    expect(readTimestampStrip(luma, 1280, 1280, 720)).toBeNull();
  });

  it('is not believed with one block wrong', () => {
    const luma = new Uint8Array(1280 * 720);
    drawTimestampStrip(luma, 1280, 1280, 720, 1_790_000_000_123);
    for (let y = 680; y < 720; y++) {
      for (let x = 40 * 20; x < 41 * 20; x++) luma[y * 1280 + x] = 251 - (luma[y * 1280 + x] ?? 0);
    }
    expect(readTimestampStrip(luma, 1280, 1280, 720)).toBeNull();
  });
});

describe('textPath', () => {
  it('refuses what it cannot draw', () => {
    expect(() => textPath('é', { x: 0, y: 0, height: 10, color: 'red' })).toThrow(RangeError);
  });
});
