import { describe, expect, it } from 'vitest';
import { splitAnnexB } from '../../src/codec/annex-b.js';
import type { AudioData } from '../../src/media/audio-data.js';
import type { SourceWants } from '../../src/source/source-factory.js';
import { makeClip } from '../fixtures/make.js';
import type { ClipOptions } from '../fixtures/make.js';
import { burstsIn, packetsOf, readItems } from '../support/source-items.js';
import { recordingLogger } from '../support/transform-frames.js';

/** Units of an MP4's packet, behind lengths of four bytes. */
function unitsOf(packet: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let at = 0; at < packet.byteLength;) {
    const size = packet.readUInt32BE(at);
    units.push(packet.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return units;
}

function ends(pieces: readonly AudioData[]): number {
  const last = pieces.at(-1);
  return last === undefined ? 0 : last.timestamp + last.duration;
}

const passable: [string, ClipOptions, string, string][] = [
  ['VP8 in webm', { codec: 'vp8', container: 'webm' }, 'vp8', ''],
  ['VP9 in webm', { codec: 'vp9', container: 'webm' }, 'vp9', '0'],
  ['VP9 in mp4', { codec: 'vp9', container: 'mp4' }, 'vp9', '0'],
  ['AV1 in mkv', { codec: 'av1', container: 'mkv' }, 'av1', '0-0-0'],
  ['AV1 in mp4', { codec: 'av1', container: 'mp4' }, 'av1', '0-0-0'],
];

describe('compressed pictures', () => {
  it.each(passable)('come out of %s as they are', async (_name, options, codec, profile) => {
    const file = await makeClip({ ...options, gop: 10 });
    const { info, chunks, frames } = await readItems(file, { chunks: true });
    expect(info.encoded).toMatchObject({ codec, profile, codedWidth: 320, framerate: 30 });
    expect(frames).toEqual([]);
    const packets = await packetsOf(file);
    expect(chunks.map(({ data }) => data.equals(packets.shift()?.data as Buffer))).toEqual(
      chunks.map(() => true),
    );
    expect(packets).toEqual([]);
    expect(chunks.map(({ timestamp }) => Math.round((timestamp * 30) / 1e6))).toEqual(
      chunks.map((_, index) => index),
    );
    expect(chunks.flatMap(({ type }, index) => (type === 'key' ? [index] : []))).toEqual([
      0, 10, 20,
    ]);
  });

  it.each(['mp4', 'mkv', 'flv', 'ts'] as const)(
    'of H.264 come out of %s unit by unit',
    async (container) => {
      const file = await makeClip({ codec: 'h264', container, gop: 10 });
      const { info, chunks } = await readItems(file, { chunks: true });
      expect(info.encoded).toMatchObject({ codec: 'h264', profile: '640014' });
      const packets = await packetsOf(file);
      expect(chunks).toHaveLength(30);
      for (const [index, { data, type }] of chunks.entries()) {
        const packet = packets[index]?.data as Buffer;
        const inside = container === 'ts' ? splitAnnexB(packet) : unitsOf(packet);
        const units = splitAnnexB(data);
        const sets = units.filter((unit) => [7, 8].includes((unit[0] as number) & 0x1f));
        expect(type).toBe(index % 10 === 0 ? 'key' : 'delta');
        expect(sets).toHaveLength(type === 'key' ? 2 : 0);
        // Trailing zeros belong to no unit.
        expect(Buffer.concat(units.slice(-inside.length))).toEqual(
          Buffer.concat(splitAnnexB(joined(inside))),
        );
      }
    },
  );

  it.each([
    ['B-frames', { bFrames: 2 }, /B-frames/],
    ['another codec', { codec: 'mpeg4' }, /codec/],
    ['a rotation', { rotate: 90 }, /turned/],
    ['pixels that are not square', { pixelAspect: [4, 3] }, /stretched/],
  ] as [string, ClipOptions, RegExp][])('are refused for %s', async (_name, options, why) => {
    const { info, frames, chunks } = await readItems(await makeClip(options), { chunks: true });
    expect(info.encoded).toBeNull();
    expect(info.whyNotEncoded).toMatch(why);
    expect(chunks).toEqual([]);
    // Something has to come.
    expect(frames).toHaveLength(30);
  });

  it.each(['ts', 'mkv'] as const)('are refused for B-frames in %s', async (container) => {
    const clip = await makeClip({ container, bFrames: 2 });
    expect((await readItems(clip, { chunks: true })).info.encoded).toBeNull();
  });

  it('come beside decoded ones of the same times', async () => {
    const file = await makeClip({ container: 'webm', codec: 'vp8' });
    const { order, frames } = await readItems(file, { chunks: true, frames: true });
    expect(frames.map(({ number }) => number)).toEqual(frames.map((_, index) => index));
    const times = (kind: string): number[] =>
      order.filter((item) => item.kind === kind).map(({ timestamp }) => timestamp);
    expect(times('chunk')).toEqual(times('frame'));
    expect(times('chunk')).toHaveLength(30);
  });

  it.each(['h264', 'vp9'] as const)(
    'give way to decoded ones in the middle of a group, %s',
    async (codec) => {
      const file = await makeClip({ codec, container: 'mkv', gop: 60, seconds: 2 });
      const frames = { frames: true, chunks: false, audio: false };
      const each = ({ chunks }: { chunks: unknown[] }): SourceWants | undefined =>
        chunks.length === 20 ? frames : undefined;
      const seen = await readItems(file, { chunks: true }, { each });
      // The decoder had to begin at the first picture; none of those is shown.
      expect(seen.frames.map(({ number }) => number)).toEqual(
        Array.from({ length: 40 }, (_, index) => index + 20),
      );
      expect(seen.frames[0]?.timestamp).toBeCloseTo((20 * 1e6) / 30, -3);
    },
  );

  it('go on over the end of a looped file', async () => {
    const file = await makeClip({ container: 'webm', codec: 'vp8', gop: 30 });
    const { chunks } = await readItems(file, { chunks: true }, { loop: true, limit: 75 });
    const steps = chunks
      .slice(1)
      .map(({ timestamp }, i) => timestamp - (chunks[i]?.timestamp ?? 0));
    expect(Math.max(...steps)).toBeLessThan(40_000);
    expect(Math.min(...steps)).toBeGreaterThan(30_000);
    expect(chunks[30]?.type).toBe('key');
  });
});

function joined(units: readonly Buffer[]): Buffer {
  return Buffer.concat(units.flatMap((unit) => [Buffer.from([0, 0, 1]), unit]));
}

describe('sound', () => {
  const everything = { frames: true, audio: true };

  it.each(['mp4', 'mkv', 'webm', 'ts', 'mov', 'flv'] as const)(
    'is in time with the pictures of %s',
    async (container) => {
      const codec = container === 'webm' ? 'vp8' : 'h264';
      const audio = { bursts: true };
      const file = await makeClip({ codec, container, audio, seconds: 3 });
      const { info, audio: pieces, frames } = await readItems(file, everything);
      expect(info.audio).toEqual({ sampleRate: 48_000, numberOfChannels: 1 });
      expect(frames).toHaveLength(90);
      const bursts = burstsIn(pieces);
      expect(bursts).toHaveLength(3);
      for (const [second, { startMs, endMs }] of bursts.entries()) {
        // Coders smear a beginning over a few ms.
        expect(Math.abs(startMs - second * 1000)).toBeLessThan(8);
        expect(Math.abs(endMs - second * 1000 - 100)).toBeLessThan(12);
      }
      expect(pieces[0]?.timestamp).toBeLessThan(1000);
    },
  );

  it('comes in the order of time, however late it lies in the file', async () => {
    const audio = { lateMs: 700 };
    const file = await makeClip({ container: 'mkv', audio, seconds: 3 });
    const { order } = await readItems(file, everything);
    let [picture, sound] = [0, 0];
    for (const { kind, timestamp } of order) {
      if (kind === 'audio') sound = timestamp;
      else picture = timestamp;
      if (sound < 2_900_000) expect(Math.abs(picture - sound)).toBeLessThan(60_000);
    }
  });

  it.each([
    [400, 400],
    [-400, 0],
  ])('that begins %i ms after the pictures is heard from %i ms on', async (offset, first) => {
    const audio = { startMs: 1000 + offset };
    const file = await makeClip({ container: 'mkv', audio, seconds: 2, startMs: 1000 });
    const { audio: pieces, frames } = await readItems(file, everything);
    expect(frames[0]).toEqual({ number: 0, timestamp: 0 });
    expect(Math.abs((pieces[0]?.timestamp ?? 0) - first * 1000)).toBeLessThan(9000);
    expect(Math.abs(ends(pieces) / 1000 - 2000 - offset)).toBeLessThan(40);
  });

  it('fills gaps, so that what follows stays in time', async () => {
    const audio = { bursts: true, gapMs: [1300, 1600] as const };
    const file = await makeClip({ container: 'mkv', audio, seconds: 3 });
    const { audio: pieces } = await readItems(file, everything);
    for (const [index, { timestamp }] of pieces.entries()) {
      const before = pieces[index - 1];
      if (before === undefined) continue;
      expect(Math.abs(timestamp - before.timestamp - before.duration)).toBeLessThan(25);
    }
    expect(Math.abs((burstsIn(pieces)[2]?.startMs ?? 0) - 2000)).toBeLessThan(8);
  });

  it.each([
    [1, 44_100, 1],
    [2, 22_050, 2],
    [6, 48_000, 2],
  ] as const)(
    'of %i channels at %i Hz comes as %i, at its rate',
    async (channels, sampleRate, numberOfChannels) => {
      const file = await makeClip({ container: 'mp4', audio: { channels, sampleRate } });
      const { info, audio } = await readItems(file, everything);
      expect(info.audio).toEqual({ sampleRate, numberOfChannels });
      const middle = audio[Math.floor(audio.length / 2)] as AudioData;
      expect(middle).toMatchObject({ sampleRate, numberOfChannels, format: 's16' });
      for (let channel = 0; channel < numberOfChannels; channel++) {
        const loudest = Math.max(...middle.data.filter((_, i) => i % numberOfChannels === channel));
        // The centre of six goes to both sides, 3 dB less or more.
        expect(loudest).toBeGreaterThan(channels === 6 ? 4000 : 12_000);
        expect(loudest).toBeLessThan(20_000);
      }
    },
  );

  it('goes on in step over the end of a looped file', async () => {
    const file = await makeClip({ container: 'mp4', audio: { bursts: true }, seconds: 1 });
    const { frames, audio } = await readItems(file, everything, { loop: true, limit: 300 });
    const starts = frames.filter(({ number }) => number === 0).map(({ timestamp }) => timestamp);
    expect(starts.length).toBeGreaterThanOrEqual(3);
    const bursts = burstsIn(audio);
    for (const [index, start] of starts.entries()) {
      expect(Math.abs((bursts[index]?.startMs ?? 0) - start / 1000)).toBeLessThan(25);
    }
  });

  it('plays on after the pictures', async () => {
    const file = await makeClip({ container: 'mkv', audio: { seconds: 3 }, seconds: 1 });
    const { frames, audio } = await readItems(file, everything);
    expect(frames).toHaveLength(30);
    expect(ends(audio)).toBeGreaterThan(2_900_000);
  });

  it('that is damaged leaves the pictures alone, and is told of once', async () => {
    const logger = recordingLogger();
    const file = await makeClip({ audio: { broken: true }, seconds: 4 });
    const { frames } = await readItems(file, everything, { logger });
    expect(frames).toHaveLength(120);
    expect(logger.lines.filter((line) => line.includes('sound'))).toHaveLength(1);
  });

  it('is not even read when nobody wants it', async () => {
    const file = await makeClip({ container: 'mkv', audio: true });
    const { order } = await readItems(file, { frames: true });
    expect(new Set(order.map(({ kind }) => kind))).toEqual(new Set(['frame']));
  });
});
