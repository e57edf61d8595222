import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/logger.js';
import { AudioData } from '../../../src/media/audio-data.js';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import { SourceReader } from '../../../src/pipeline/source-reader.js';
import type { MediaSource, SourceItem } from '../../../src/source/source-factory.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const picture = (timestamp: number): SourceItem => ({
  kind: 'chunk',
  chunk: new EncodedVideoChunk({ type: 'key', timestamp, duration: 40_000, data: Buffer.alloc(1) }),
});

const sound = (timestamp: number): SourceItem => ({
  kind: 'audio',
  audio: AudioData.from(new Int16Array(960), { sampleRate: 48_000, timestamp }),
});

/** Gives these items, as a file does. */
function sourceOf(items: readonly SourceItem[]): MediaSource {
  const left = [...items];
  return {
    info: { codedWidth: 2, codedHeight: 2, framerate: 25, live: false, pacing: 'timestamp' },
    next: () => Promise.resolve(left.shift() ?? null),
    read: () => Promise.resolve(null),
    stop: () => undefined,
  };
}

it('goes on at once where the times of pictures and sound jump by an hour', async () => {
  const hour = 3_600_000_000;
  const source = sourceOf([
    picture(0),
    sound(20_000),
    sound(hour + 30_000),
    picture(hour + 40_000),
    sound(hour + 50_000),
  ]);
  const reader = new SourceReader(
    { label: 'film', reopenable: true, create: () => source },
    silentLogger,
  );
  const times: [kind: string, ms: number][] = [];
  const now = (): number => Math.round(performance.now());
  const begun = now();
  const playing = reader.play(
    {
      opened: () => Promise.resolve(),
      changed: () => undefined,
      chunk: ({ timestamp }) => times.push(['picture', Math.round(timestamp / 1000) - begun]),
      frame: (frame) => frame.close(),
      audio: (_audio, timestamp) => times.push(['sound', Math.round(timestamp / 1000) - begun]),
      late: () => undefined,
      audience: () => Promise.resolve(),
    },
    0,
    new AbortController().signal,
  );
  await vi.advanceTimersByTimeAsync(1000);
  expect(await Promise.race([playing, Promise.resolve('still waiting')])).toBe('ended');
  expect(times.filter(([, ms]) => ms < 5000)).toEqual([
    ['picture', 0],
    ['sound', 20],
    ['picture', 0],
    ['sound', 10],
  ]);
});
