import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { splitAnnexB } from '../../src/codec/annex-b.js';
import { obuType, splitObus } from '../../src/codec/obu.js';
import { createServer } from '../../src/index.js';
import type { RenditionStats, Server, ServerOptions } from '../../src/index.js';
import { makeClip } from '../fixtures/make.js';
import type { ClipOptions } from '../fixtures/make.js';
import type { ReceivedFrame } from '../support/rtp-frames.js';
import { packetsOf } from '../support/source-items.js';
import { recordingLogger } from '../support/transform-frames.js';
import { postOffer, WeriftViewer } from '../support/werift-viewer.js';
import type { WeriftViewerOptions } from '../support/werift-viewer.js';

let data: string;

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'framegear-test-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

async function serve(options: ServerOptions): Promise<Server> {
  const server = await createServer({ customDataLocation: data, loop: true, ...options });
  await server.listen({ port: 0 });
  return server;
}

function watch(server: Server, options?: WeriftViewerOptions): Promise<WeriftViewer> {
  return WeriftViewer.connect(postOffer(`${server.url}offer`), options);
}

function renditions(server: Server): RenditionStats[] {
  return [...server.streams.values()].flatMap((stream) => stream.stats().renditions);
}

const watched = (server: Server): string[] =>
  renditions(server).flatMap(({ id, viewers }) => (viewers > 0 ? [id] : []));

const baseline: ClipOptions = { profile: 'baseline', gop: 15, seconds: 2 };

describe('pass-through', () => {
  it.each([
    ['h264', baseline],
    ['vp8', { codec: 'vp8', container: 'webm', gop: 15 }],
    ['vp9', { codec: 'vp9', container: 'webm', gop: 15 }],
    ['av1', { codec: 'av1', container: 'mkv', gop: 15 }],
  ] as const)('sends the packets of %s as they are in the file', async (codec, clip) => {
    const file = await makeClip(clip);
    const packets = (await packetsOf(file)).map(({ data: packet }) => packet);
    const frames: ReceivedFrame[] = [];
    await using server = await serve({ source: file });
    await using viewer = await watch(server, {
      codecs: ['vp8', 'vp9', 'h264', 'av1'],
      onFrame: (frame) => void frames.push(frame),
    });
    await viewer.waitForFrames(packets.length + 10);
    expect(viewer.mimeType.toLowerCase()).toBe(`video/${codec}`);
    if (codec !== 'h264') expect(frames[0]?.key).toBe(true);
    const wanted = packets.map((packet) => contentOf(codec, packet));
    for (const [index, { data: got }] of frames.slice(0, packets.length).entries()) {
      expect(contentOf(codec, got, true).includes(wanted[index] as string)).toBe(true);
    }
    const [rendition] = renditions(server).filter(({ viewers }) => viewers > 0);
    expect(rendition).toMatchObject({ id: `${codec}/source`, encoder: null });
  });

  it('goes to viewers that can take it, beside the encoded path for others', async () => {
    const file = await makeClip({ profile: 'high', gop: 15, seconds: 2 });
    await using server = await serve({ source: file });
    // werift offers constrained baseline.
    await using low = await watch(server, { codecs: ['h264'] });
    await using high = await watch(server, {
      codecs: ['h264'],
      editOffer: (sdp) => sdp.replaceAll('42e01f', '640c1f'),
    });
    await using other = await watch(server, { codecs: ['vp8'] });
    for (const viewer of [low, high, other]) await viewer.waitForFrames(30);
    await vi.waitFor(() =>
      expect(watched(server).sort()).toEqual(['h264/full', 'h264/source', 'vp8/full']),
    );
    expect([low, high, other].map(({ brokenFrames }) => brokenFrames)).toEqual([0, 0, 0]);
  });

  it.each([
    ['transforms', { transforms: [(frame: never) => frame] }],
    ['an edit', { frameSizeReduction: 10 }],
    ['a lower frame rate', { framerate: 10 }],
    ['less bits', { bitrate: 10_000 }],
    ['passThrough off', { passThrough: false }],
  ] as [string, ServerOptions][])('is left for %s', async (_why, options) => {
    const logger = recordingLogger();
    await using server = await serve({ source: await makeClip(baseline), logger, ...options });
    await using viewer = await watch(server, { codecs: ['h264'] });
    await viewer.waitForFrames(5);
    expect(watched(server)).toEqual(['h264/full']);
    const said = logger.lines.filter((line) => line.startsWith('info: the source is encoded'));
    expect(said).toHaveLength(1);
  });

  it('is told of once', async () => {
    const logger = recordingLogger();
    await using server = await serve({ source: await makeClip(baseline), logger });
    await using viewer = await watch(server, { codecs: ['h264'] });
    // Over the end of the file, twice.
    await viewer.waitForFrames(130);
    const said = logger.lines.filter((line) => /untouched|encoded/.test(line));
    expect(said).toEqual([
      'info: H264 (42c014) of 320x180 goes out untouched to viewers that take it',
    ]);
  });

  it('shows who joins in the middle of a group an encoded picture at once, and moves up at the next key frame', async () => {
    const file = await makeClip({ profile: 'baseline', gop: 90, seconds: 3 });
    await using server = await serve({ source: file });
    await using first = await watch(server, { codecs: ['h264'] });
    await first.waitForFrames(20);
    expect(watched(server)).toEqual(['h264/source']);
    await using second = await watch(server, { codecs: ['h264'] });
    await second.waitForFrames(1);
    // Long before the next key frame, which is the hundredth picture or so.
    expect(first.frames).toBeLessThan(85);
    expect(watched(server).sort()).toEqual(['h264/full', 'h264/source']);
    await first.waitForFrames(100);
    await vi.waitFor(() => expect(watched(server)).toEqual(['h264/source']), 3000);
    const shown = second.frames;
    await second.waitForFrames(shown + 20);
    expect(second.brokenFrames).toBe(0);
    // Nobody decodes for nothing once the encoder has gone.
    await vi.waitFor(
      () => expect(renditions(server).map(({ id }) => id)).toEqual(['h264/source']),
      3000,
    );
  });

  it('answers a lost picture with an encoded one, and moves up again', async () => {
    const file = await makeClip({ profile: 'baseline', gop: 120, seconds: 4 });
    const keys: number[] = [];
    await using server = await serve({ source: file });
    await using viewer = await watch(server, {
      codecs: ['h264'],
      onFrame: ({ data: picture, timestamp }) => {
        if (splitAnnexB(picture).some((unit) => ((unit[0] ?? 0) & 0x1f) === 5))
          keys.push(timestamp);
      },
    });
    await viewer.waitForFrames(12);
    expect(keys).toHaveLength(1);
    await viewer.requestKeyFrame();
    await viewer.waitFor(() => keys.length >= 2, 'a key frame');
    // The file's own next one is 4 s behind its first.
    expect(((keys[1] ?? 0) - (keys[0] ?? 0)) / 90_000).toBeLessThan(3.5);
    await vi.waitFor(() => expect(watched(server)).toEqual(['h264/source']), 8000);
    await viewer.waitFor(() => keys.length >= 3, 'the next key frame of the file');
  });

  it('falls back at once when pictures turn out to be out of order', async () => {
    const logger = recordingLogger();
    const file = await lateBFrames();
    await using server = await serve({ source: file, logger });
    await using viewer = await watch(server, { codecs: ['h264'] });
    await viewer.waitForFrames(150, 15_000);
    expect(watched(server)).toEqual(['h264/full']);
    expect(logger.lines.filter((line) => /untouched|encoded/.test(line))).toEqual([
      expect.stringContaining('untouched'),
      expect.stringContaining('B-frames'),
    ]);
  });

  it('carries sound beside it', async () => {
    const file = await makeClip({ ...baseline, audio: true });
    await using server = await serve({ source: file });
    await using viewer = await watch(server, { codecs: ['h264'], audio: true });
    await viewer.waitForFrames(40);
    expect(viewer.sounds.length).toBeGreaterThan(30);
    expect(watched(server)).toEqual(['h264/source']);
  });
});

/** What of a picture has to come through: H.264's units, AV1's without delimiters, all else byte for byte. */
function contentOf(codec: string, picture: Buffer, received = false): string {
  if (codec === 'av1' && !received) {
    const units = (splitObus(picture) ?? []).filter(
      ({ type }) => type !== obuType.temporalDelimiter,
    );
    const whole = units.flatMap(({ header, payload }) => [Buffer.from([header]), payload]);
    return Buffer.concat(whole).toString('hex');
  }
  if (codec !== 'h264') return picture.toString('hex');
  if (received) return Buffer.concat(splitAnnexB(picture)).toString('hex');
  const units: Buffer[] = [];
  for (let at = 0; at < picture.byteLength;) {
    const size = picture.readUInt32BE(at);
    units.push(picture.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return Buffer.concat(units).toString('hex');
}

/** A file whose B-frames begin after a second, in parameter sets that do not announce them. */
async function lateBFrames(): Promise<string> {
  return makeClip({ container: 'mkv', profile: 'main', gop: 30, seconds: 4, swapFrom: 45 });
}
