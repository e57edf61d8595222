import { beforeEach, describe, expect, it } from 'vitest';
import { EncodedVideoChunk } from '../../../src/media/encoded-video-chunk.js';
import { PassThrough } from '../../../src/pipeline/pass-through.js';
import type { PassThroughOptions } from '../../../src/pipeline/pass-through.js';
import type { EncodedInfo, SourceInfo } from '../../../src/source/source-factory.js';
import { recordingLogger } from '../../support/transform-frames.js';

const encoded: EncodedInfo = {
  codec: 'h264',
  codedWidth: 1920,
  codedHeight: 1080,
  framerate: 30,
  profile: '640028',
  bitrate: 4_000_000,
};

function source(change: Partial<SourceInfo> = {}): SourceInfo {
  const size = { codedWidth: 1920, codedHeight: 1080, framerate: 30 };
  return { ...size, live: false, pacing: 'timestamp', encoded, ...change };
}

let logger: ReturnType<typeof recordingLogger>;
let changes: number;

beforeEach(() => {
  logger = recordingLogger();
  changes = 0;
});

function passThrough(options: Partial<PassThroughOptions> = {}): PassThrough {
  return new PassThrough({
    enabled: true,
    maxBitrate: null,
    framerate: null,
    touchesPixels: () => false,
    logger,
    changed: () => (changes += 1),
    ...options,
  });
}

/** A group of so many seconds of pictures, 30 a second, of so many bytes each; and the key frame after it. */
function play(pass: PassThrough, seconds: number, bytes: number, from = 0): void {
  for (let i = 0; i <= seconds * 30; i++) {
    const type = i % (seconds * 30) === 0 ? 'key' : 'delta';
    const timestamp = from + Math.round((i * 1_000_000) / 30);
    pass.note(new EncodedVideoChunk({ type, timestamp, data: Buffer.alloc(bytes) }));
  }
}

describe('PassThrough', () => {
  it('offers what the source brings, and says so once', () => {
    const pass = passThrough();
    expect(pass.rendition).toBeNull();
    expect(pass.possible).toBe(true);
    pass.opened(source());
    expect(pass.rendition).toEqual({
      id: 'h264/source',
      codec: 'h264',
      level: 'source',
      bitrate: 4_000_000,
      minBitrate: 3_200_000,
      profile: '640028',
    });
    expect(pass.pictures).toEqual({ codec: 'h264', profile: '640028' });
    pass.opened(source());
    expect(changes).toBe(1);
    expect(logger.lines).toEqual([
      'info: H264 (640028) of 1920x1080 goes out untouched to viewers that take it',
    ]);
  });

  it('measures bit rate and key frames, and tells of changes that matter', () => {
    const pass = passThrough();
    pass.opened(source());
    play(pass, 2, 10_000);
    expect(pass.rendition).toMatchObject({ bitrate: 2_400_000, keyFrameMs: 2000 });
    expect(changes).toBe(2);
    play(pass, 2, 11_000, 2_000_000);
    expect(changes).toBe(2);
  });

  it.each([
    ['it is switched off', { enabled: false }, {}, /passThrough is off/],
    ['something edits the pictures', { touchesPixels: () => true }, {}, /transforms or edits/],
    ['fewer pictures are wanted', { framerate: 15 }, {}, /framerate allows 15/],
    ['its codec was left out', { codecs: ['vp8', 'av1'] }, {}, /option codecs leaves out H264/],
    ['fewer bits are wanted', { maxBitrate: 2_000_000 }, {}, /4000000 bit\/s are more/],
    ['the source says why', {}, { encoded: null, whyNotEncoded: 'it is red' }, /it is red/],
    ['the source brings none', {}, { encoded: null }, /brings no compressed/],
  ] as [string, Partial<PassThroughOptions>, Partial<SourceInfo>, RegExp][])(
    'refuses when %s',
    (_why, options, info, line) => {
      const pass = passThrough(options);
      pass.opened(source(info));
      expect(pass.rendition).toBeNull();
      expect(pass.pictures).toBeNull();
      expect(logger.lines).toEqual([expect.stringMatching(line)]);
    },
  );

  it('says that transforms of sound are nothing in the way', () => {
    const pass = passThrough({ editsSound: () => true });
    pass.opened(source());
    expect(pass.rendition).not.toBeNull();
    expect(logger.lines).toEqual([
      'info: H264 (640028) of 1920x1080 goes out untouched to viewers that take it; transforms edit the sound alone',
    ]);
  });

  it('looks again when other transforms are in place', () => {
    let touched = false;
    const pass = passThrough({ touchesPixels: () => touched });
    pass.opened(source());
    touched = true;
    pass.judge();
    expect([pass.rendition, pass.possible]).toEqual([null, false]);
    touched = false;
    pass.judge();
    expect(pass.rendition?.level).toBe('source');
    expect(changes).toBe(3);
    expect(logger.lines).toHaveLength(3);
  });

  it('keeps to a frame rate that is no limit', () => {
    const pass = passThrough({ framerate: 30 });
    pass.opened(source());
    expect(pass.rendition).not.toBeNull();
  });

  it('stops when more bits come than are wanted, and when the source turns out to be out of order', () => {
    const pass = passThrough({ maxBitrate: 5_000_000 });
    pass.opened(source());
    play(pass, 1, 40_000);
    expect(pass.rendition).toBeNull();
    const other = passThrough();
    other.opened(source());
    other.opened(source({ encoded: null, whyNotEncoded: 'B-frames' }));
    expect(other.rendition).toBeNull();
  });

  it('is off the ladder while cards are shown', () => {
    const pass = passThrough();
    pass.opened(source());
    pass.live = false;
    expect(pass.rendition).toBeNull();
    pass.live = true;
    expect(pass.rendition).not.toBeNull();
    expect(logger.lines).toHaveLength(1);
  });

  it('tells when the source was seen, or the wait is over', async () => {
    const pass = passThrough();
    await pass.judged(1);
    const judged = pass.judged(60_000);
    pass.opened(source());
    await judged;
    await pass.judged(60_000);
    expect(pass.known).toBe(true);
  });
});
