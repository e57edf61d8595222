import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { SourceError } from '../../src/errors.js';
import { silentLogger } from '../../src/logger.js';
import { probeSource } from '../../src/source/probe-source.js';
import { createSourceFactory } from '../../src/source/source-factory.js';
import { fixtureDirectory, makeClip } from '../fixtures/make.js';
import { openingError } from '../support/read-source.js';

const black = { width: 32, height: 32, channels: 3, background: 'black' } as const;

function written(name: string, content: string | Buffer): string {
  const file = path.join(fixtureDirectory(), name);
  writeFileSync(file, content);
  return file;
}

describe('a source that cannot be opened', () => {
  const cases: [string, () => string | Promise<string>, string][] = [
    ['a file that is not there', () => '/no/such/film.mp4', 'source-not-found'],
    ['a directory', () => fixtureDirectory(), 'source-unreadable'],
    ['an empty file', () => written('empty.mp4', ''), 'source-unreadable'],
    ['a text', () => written('text.mp4', 'just a text\n'.repeat(200)), 'source-unreadable'],
    ['a sound file', () => makeClip({ video: false, audio: true }), 'no-video'],
    [
      'a recording that was cut off',
      async () => written('cut.mp4', readFileSync(await makeClip()).subarray(0, 3000)),
      'source-unreadable',
    ],
    ['a camera that is not there', () => 'camera:99', 'source-not-found'],
    ['a faulty filter graph', () => 'lavfi:no_such_filter', 'source-failed'],
  ];

  it.each(cases)('says in one line what is wrong with %s', async (_, make, code) => {
    const error = await openingError(await make());
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(/^[^\n]{10,300}$/);
  });

  it.each([
    ['a text', 'just a text\n'.repeat(200), 'no video file'],
    ['noise', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 7919) >> 5)), 'no video'],
  ])('does not take %s for a recording that was cut off', async (name, content, advice) => {
    const error = await openingError(written(`${name}.mp4`, content));
    expect((error as Error).message).toContain(advice);
  });

  it('takes what begins as a video for one', async () => {
    const file = written('cut-off.mp4', readFileSync(await makeClip()).subarray(0, 3000));
    expect(((await openingError(file)) as Error).message).toContain('is cut off');
  });

  it('suggests no other file when one is gone that it has shown', async () => {
    const clip = await makeClip({ seconds: 0.1 });
    for (const [name, content] of [
      ['shown-1.mp4', readFileSync(clip)],
      ['shown-1.png', await sharp({ create: black }).png().toBuffer()],
    ] as const) {
      const file = written(name, content);
      written(name.replace('1', '2'), content);
      const factory = createSourceFactory(file, { logger: silentLogger });
      await probeSource(factory);
      rmSync(file);
      await expect(probeSource(factory)).rejects.toThrow(/is not there any more: [^?]+$/);
    }
  });

  it('names an unknown input format', async () => {
    const clip = await makeClip({ seconds: 0.1 });
    const error = await openingError(clip, { inputFormat: 'mp5' });
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(/inputFormat: .*mp5/);
  });

  it('takes the input format where the file does not tell', async () => {
    const disguised = written('disguised.bin', '');
    copyFileSync(await makeClip({ container: 'ts', seconds: 0.1 }), disguised);
    const factory = createSourceFactory(disguised, { logger: silentLogger, inputFormat: 'mpegts' });
    expect(await probeSource(factory)).toMatchObject({ codedWidth: 320 });
  });
});

describe('probeSource', () => {
  it('tells what a source is, and leaves it closed', async () => {
    const factory = createSourceFactory(await makeClip(), { logger: silentLogger });
    const shape = { codedWidth: 320, codedHeight: 180, framerate: 30 };
    expect(await probeSource(factory)).toEqual({
      ...shape,
      live: false,
      pacing: 'timestamp',
      encoded: {
        ...shape,
        codec: 'h264',
        profile: '640014',
        bitrate: expect.any(Number) as number,
      },
      audio: null,
    });
  });

  it('rejects with the reason of its signal', async () => {
    const factory = createSourceFactory('testsrc=size=64x48', { logger: silentLogger });
    const reason = new Error('Ctrl-C');
    await expect(probeSource(factory, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
