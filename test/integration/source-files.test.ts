import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.js';
import { createSourceFactory } from '../../src/source/source-factory.js';
import { fixtureDirectory, makeClip } from '../fixtures/make.js';
import type { ClipOptions } from '../fixtures/make.js';
import { openSource, readSource } from '../support/read-source.js';

const upright = 'red green blue white';

describe('files', () => {
  // What of it can be passed on as it is, or why nothing can.
  const h264 = { codec: 'h264', profile: '640014' };
  const reordered = /B-frames/;
  const foreign = /codec/;
  const cases: [string, ClipOptions, { codec: string; profile: string } | RegExp][] = [
    ['mp4', { audio: true }, h264],
    ['mp4 with B-frames', { bFrames: 2, audio: true }, reordered],
    ['mkv', { container: 'mkv', codec: 'mpeg4', bFrames: 2 }, foreign],
    ['webm', { container: 'webm', codec: 'vp8', audio: true }, { codec: 'vp8', profile: '' }],
    [
      'webm with alpha',
      { container: 'webm', codec: 'vp9', alpha: true },
      { codec: 'vp9', profile: '0' },
    ],
    ['mov', { container: 'mov', codec: 'mjpeg' }, foreign],
    ['avi', { container: 'avi', codec: 'mpeg4' }, foreign],
    ['flv', { container: 'flv', audio: true }, h264],
    [
      'MPEG-TS that starts at 5 s',
      { container: 'ts', bFrames: 2, startMs: 5000, audio: true },
      reordered,
    ],
    ['HLS', { container: 'hls', audio: true }, h264],
    ['a fragmented mp4', { muxer: { movflags: 'frag_keyframe+empty_moov' } }, h264],
  ];

  it.each(cases)('plays every picture of %s, in order and in time', async (_, options, passes) => {
    const { info, frames } = await readSource(await makeClip(options));
    const shape = { codedWidth: 320, codedHeight: 180, framerate: 30 };
    const bitrate: unknown = expect.toBeOneOf([null, expect.any(Number)]);
    expect(info).toEqual({
      ...shape,
      live: false,
      pacing: 'timestamp',
      audio: options.audio ? { sampleRate: 48_000, numberOfChannels: 1 } : null,
      ...(passes instanceof RegExp
        ? { encoded: null, whyNotEncoded: expect.stringMatching(passes) as string }
        : { encoded: { ...shape, ...passes, bitrate } }),
    });
    expect(frames.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(frames[0]?.colors).toBe(upright);
    // Matroska and FLV count in whole milliseconds.
    for (const [i, { timestamp }] of frames.entries()) {
      expect(Math.abs(timestamp - (i * 1_000_000) / 30)).toBeLessThan(700);
    }
  });

  const orientations: [string, ClipOptions, string, string][] = [
    ['turned by 90', { rotate: 90 }, '180x320', 'blue red white green'],
    ['turned by 180', { rotate: 180 }, '320x180', 'white blue green red'],
    ['turned by 270', { rotate: 270 }, '180x320', 'green white red blue'],
    ['mirrored', { mirror: true }, '320x180', 'green red white blue'],
    ['mirrored and turned by 90', { mirror: true, rotate: 90 }, '180x320', 'white green blue red'],
    ['mirrored, turned by 180', { mirror: true, rotate: 180 }, '320x180', 'blue white red green'],
    ['mirrored, turned by 270', { mirror: true, rotate: 270 }, '180x320', 'red blue green white'],
  ];

  it.each(orientations)('shows a video %s upright', async (_, options, size, colors) => {
    const { info, frames } = await readSource(await makeClip({ ...options, seconds: 0.1 }));
    expect(`${info.codedWidth}x${info.codedHeight}`).toBe(size);
    expect(frames).toHaveLength(3);
    for (const frame of frames) expect(frame).toMatchObject({ size, colors });
  });

  it('makes pixels square', async () => {
    const wide = await readSource(await makeClip({ pixelAspect: [4, 3], seconds: 0.1 }));
    expect(wide.info).toMatchObject({ codedWidth: 426, codedHeight: 180 });
    const tall = await readSource(await makeClip({ pixelAspect: [1, 2], seconds: 0.1 }));
    expect(tall.info).toMatchObject({ codedWidth: 320, codedHeight: 360 });
    expect(tall.frames[0]?.colors).toBe(upright);
  });

  it('turns and squares at once', async () => {
    const clip = await makeClip({ pixelAspect: [2, 1], rotate: 90, seconds: 0.1 });
    const { frames } = await readSource(clip);
    expect(frames[0]).toMatchObject({ size: '180x640', colors: 'blue red white green' });
  });

  it('takes odd sizes as they are', async () => {
    const clip = await makeClip({ container: 'webm', codec: 'vp8', size: [161, 91], seconds: 0.1 });
    const { frames } = await readSource(clip);
    expect(frames[0]).toMatchObject({ size: '161x91', colors: upright });
  });

  it('keeps the times of a variable frame rate', async () => {
    const timesMs = [0, 33, 100, 500, 1500, 1516];
    const { frames } = await readSource(await makeClip({ timesMs }));
    expect(frames.map(({ timestamp }) => timestamp / 1000)).toEqual(timesMs);
  });

  it('leaves an attached cover picture alone', async () => {
    const { frames } = await readSource(await makeClip({ cover: true, seconds: 0.1 }));
    expect(frames.map(({ size }) => size)).toEqual(['320x180', '320x180', '320x180']);
  });

  it('delivers the new size when it changes on the way', async () => {
    const parts = [
      await makeClip({ container: 'ts', seconds: 0.5 }),
      await makeClip({ container: 'ts', seconds: 0.5, size: [480, 270] }),
    ];
    const joined = path.join(fixtureDirectory(), 'joined.ts');
    writeFileSync(joined, Buffer.concat(parts.map((part) => readFileSync(part))));
    const { frames } = await readSource(joined);
    expect(new Set(frames.map(({ size }) => size))).toEqual(new Set(['320x180', '480x270']));
    const times = frames.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  it('loses only the pictures that are damaged', async () => {
    const bytes = readFileSync(await makeClip({ container: 'ts', seconds: 2, gop: 10 }));
    const middle = Math.floor(bytes.length / 376) * 188;
    for (let i = middle + 20; i < middle + 900; i++) bytes[i] = (i * 7919) & 0xff;
    const damaged = path.join(fixtureDirectory(), 'damaged.ts');
    writeFileSync(damaged, bytes);
    const { frames } = await readSource(damaged);
    expect(frames.length).toBeGreaterThan(40);
    expect(frames.at(-1)?.number).toBe(59);
  });

  it('starts at the first key frame when there are pictures before it', async () => {
    const bytes = readFileSync(await makeClip({ container: 'ts', seconds: 2, gop: 20 }));
    const cut = path.join(fixtureDirectory(), 'cut.ts');
    writeFileSync(cut, bytes.subarray(188 * Math.floor(bytes.length / 188 / 4)));
    const { frames } = await readSource(cut);
    expect((frames[0]?.number ?? 1) % 20).toBe(0);
    expect(frames[0]).toMatchObject({ timestamp: 0, colors: upright });
    expect(frames.at(-1)?.number).toBe(59);
  });

  it('starts over with times that go on when it loops', async () => {
    const clip = await makeClip({ seconds: 0.2 });
    const { frames } = await readSource(clip, { loop: true, limit: 20 });
    expect(frames.map(({ number }) => number).slice(0, 8)).toEqual([0, 1, 2, 3, 4, 5, 0, 1]);
    for (let i = 1; i < frames.length; i++) {
      const step = (frames[i]?.timestamp ?? 0) - (frames[i - 1]?.timestamp ?? 0);
      expect(Math.abs(step - 33_333)).toBeLessThan(3);
    }
  });

  it('plays a filter graph', async () => {
    const { info, frames } = await readSource('lavfi:testsrc2=size=192x108:rate=15:duration=1');
    expect(info).toMatchObject({ codedWidth: 192, codedHeight: 108, framerate: 15, live: false });
    expect(frames).toHaveLength(15);
  });

  it('gives null after its end, and after stop', async () => {
    const clip = await makeClip({ seconds: 0.1 });
    const source = await openSource(clip);
    for (let i = 0; i < 3; i++) (await source.read())?.close();
    expect(await source.read()).toBeNull();
    expect(await source.read()).toBeNull();
    await source.stop();
    await source.stop();
    expect(await source.read()).toBeNull();
  });

  it('tells a file that was written anew', async () => {
    const file = path.join(fixtureDirectory(), 'again.mp4');
    copyFileSync(await makeClip({ seconds: 0.1 }), file);
    const factory = createSourceFactory(file, { logger: silentLogger });
    const source = factory.create();
    await source.start?.({ signal: new AbortController().signal });
    expect(await factory.changed?.()).toBe(false);
    copyFileSync(await makeClip({ seconds: 0.2 }), file);
    expect(await factory.changed?.()).toBe(true);
    await source.stop();
  });

  it('rejects with the reason when the signal has aborted', async () => {
    const source = createSourceFactory(await makeClip(), { logger: silentLogger }).create();
    const reason = new Error('nobody watches');
    const started = source.start?.({ signal: AbortSignal.abort(reason) });
    await expect(started).rejects.toBe(reason);
    await source.stop();
  });
});
