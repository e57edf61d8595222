import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/logger.js';
import { createSourceFactory } from '../../../src/source/source-factory.js';
import { openSource, openingError } from '../../support/read-source.js';
import type { SourceOptions } from '../../../src/source/source-factory.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'framegear-pictures-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a picture of one gray level. */
async function picture(name: string, level = 128, width = 40, height = 20): Promise<string> {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  await solid(level, width, height).toFile(file);
  return file;
}

function solid(level: number, width: number, height: number): Sharp {
  const background = { r: level, g: level, b: level };
  return sharp({ create: { width, height, channels: 3, background } });
}

interface Seen {
  level: number;
  size: string;
  timestamp: number;
  duration: number | null;
}

async function read(
  spec: string,
  limit: number,
  options: Partial<SourceOptions> = {},
): Promise<Seen[]> {
  const source = await openSource(spec, options);
  const seen: Seen[] = [];
  while (seen.length < limit) {
    const frame = await source.read();
    if (frame === null) break;
    const { codedWidth, codedHeight, timestamp, duration } = frame;
    const pixels = frame.toBuffer({ format: 'RGB' });
    const middle = (Math.floor(codedHeight / 2) * codedWidth + Math.floor(codedWidth / 2)) * 3;
    const level = Math.round((pixels[middle] ?? 0) / 10) * 10;
    seen.push({ level, size: `${codedWidth}x${codedHeight}`, timestamp, duration });
    frame.close();
  }
  await source.stop();
  return seen;
}

describe('a pattern of pictures', () => {
  beforeAll(async () => {
    await picture('natural/shot10.png', 100);
    await picture('natural/shot9.png', 90);
    await picture('natural/shot1.png', 10);
  });

  it('is shown once, in natural order, at 30 pictures per second', async () => {
    const seen = await read(path.join(folder, 'natural/*.png'), 10);
    expect(seen.map(({ level }) => level)).toEqual([10, 90, 100]);
    expect(seen.map(({ timestamp }) => timestamp)).toEqual([0, 33_333, 66_667]);
  });

  it('takes the frame rate, and starts over in a loop', async () => {
    const seen = await read(path.join(folder, 'natural/*.png'), 5, { framerate: 2, loop: true });
    expect(seen.map(({ level }) => level)).toEqual([10, 90, 100, 10, 90]);
    expect(seen.map(({ timestamp }) => timestamp / 1e6)).toEqual([0, 0.5, 1, 1.5, 2]);
  });

  it('fits all into the size of the first', async () => {
    await picture('sizes/1.jpg', 200, 64, 32);
    await picture('sizes/2.jpg', 200, 32, 64);
    await picture('sizes/3.jpg', 200, 300, 300);
    const seen = await read(path.join(folder, 'sizes/*.jpg'), 10);
    expect(seen.map(({ size }) => size)).toEqual(['64x32', '64x32', '64x32']);
    expect(seen.map(({ level }) => level)).toEqual([200, 200, 200]);
  });

  it('leaves out what is broken, and says so once', async () => {
    await picture('broken/1.png', 50);
    writeFileSync(path.join(folder, 'broken/2.png'), 'no picture');
    await picture('broken/3.png', 70);
    const warn = vi.fn();
    const logger = { ...silentLogger, warn };
    const pattern = path.join(folder, 'broken/*.png');
    const seen = await read(pattern, 5, { loop: true, logger });
    expect(seen.map(({ level }) => level)).toEqual([50, 70, 50, 70, 50]);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/2\.png .*left out: [^\n]+$/),
    );
  });

  it('says of a single broken picture in one line what to do, without a warning', async () => {
    const file = path.join(folder, 'single.png');
    writeFileSync(file, 'no picture');
    const warn = vi.fn();
    const error = await openingError(file, { logger: { ...silentLogger, warn } });
    expect(error).toMatchObject({ code: 'source-unreadable' });
    expect((error as Error).message).toMatch(
      /^.*single\.png is damaged [^\n]*: save it anew [^\n]+$/,
    );
    expect(warn).not.toHaveBeenCalled();
  });

  it('says so when nothing matches, or nothing can be read', async () => {
    expect(await openingError(path.join(folder, 'none/*.png'))).toMatchObject({
      code: 'source-not-found',
    });
    mkdirSync(path.join(folder, 'texts'));
    writeFileSync(path.join(folder, 'texts/1.txt'), 'a');
    writeFileSync(path.join(folder, 'texts/2.txt'), 'b');
    expect(await openingError(path.join(folder, 'texts/*'))).toMatchObject({
      code: 'source-unreadable',
    });
  });

  it('notices files that were added', async () => {
    await picture('grows/1.png');
    const factory = createSourceFactory(path.join(folder, 'grows/*.png'), { logger: silentLogger });
    const source = factory.create();
    await source.start?.({ signal: new AbortController().signal });
    await source.stop();
    expect(await factory.changed?.()).toBe(false);
    await picture('grows/2.png');
    expect(await factory.changed?.()).toBe(true);
  });
});

describe('a single picture', () => {
  it.each(['jpg', 'png', 'webp', 'avif', 'tiff'])('stays for ever as %s', async (type) => {
    const file = await picture(`still.${type}`, 60);
    const source = await openSource(file);
    expect(source.info).toEqual({
      codedWidth: 40,
      codedHeight: 20,
      framerate: 5,
      live: false,
      pacing: 'timestamp',
    });
    await source.stop();
    const seen = await read(file, 12, { framerate: 10 });
    expect(seen.map(({ level }) => level)).toEqual(Array.from({ length: 12 }, () => 60));
    expect(seen.at(-1)?.timestamp).toBe(1_100_000);
  });

  it('may be an SVG', async () => {
    const file = path.join(folder, 'logo.svg');
    writeFileSync(
      file,
      '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="50"><rect width="30" height="50" fill="#646464"/></svg>',
    );
    expect((await read(file, 1))[0]).toMatchObject({ size: '30x50', level: 100 });
  });

  it('is turned as the camera was held', async () => {
    const file = path.join(folder, 'turned.jpg');
    await solid(128, 40, 20).withMetadata({ orientation: 6 }).toFile(file);
    expect((await read(file, 1))[0]?.size).toBe('20x40');
  });

  it('is no larger than 1920x1080', async () => {
    const file = await picture('large.jpg', 128, 4000, 3000);
    expect((await read(file, 1))[0]?.size).toBe('1440x1080');
  });

  it('is opened by its name even when that looks like a pattern', async () => {
    const file = await picture('odd[1].png', 30);
    expect((await read(file, 1))[0]?.level).toBe(30);
  });

  it('says what is wrong with it', async () => {
    const file = path.join(folder, 'text.jpg');
    writeFileSync(file, 'no picture');
    expect(await openingError(file)).toMatchObject({ code: 'source-unreadable' });
    expect(await openingError(path.join(folder, 'sti11.jpg'))).toMatchObject({
      code: 'source-not-found',
      message: expect.stringContaining('still.jpg') as string,
    });
  });
});

describe('an animation', () => {
  it('shows its pictures for as long as it says, over and over', async () => {
    const file = path.join(folder, 'moving.gif');
    const pages = [20, 120, 220].map((level) => solid(level, 16, 16).png().toBuffer());
    await sharp(await Promise.all(pages), { join: { animated: true } })
      .gif({ delay: [100, 200, 300] })
      .toFile(file);
    const seen = await read(file, 5);
    expect(seen.map(({ level }) => level)).toEqual([20, 120, 220, 20, 120]);
    expect(seen.map(({ timestamp }) => timestamp / 1000)).toEqual([0, 100, 300, 600, 700]);
    expect(seen.map(({ duration }) => (duration ?? 0) / 1000)).toEqual([100, 200, 300, 100, 200]);
  });
});
