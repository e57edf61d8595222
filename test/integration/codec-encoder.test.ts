import {
  AV_PICTURE_TYPE_I,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_P010LE,
  AV_PIX_FMT_RGBAF32LE,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV422P,
  AV_PIX_FMT_YUV444P,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUYV422,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
} from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { describe, expect, it } from 'vitest';
import { splitAnnexB } from '../../src/codec/annex-b.js';
import { FramePool } from '../../src/codec/frame-pool.js';
import { toNativeFrame, wrapNativeFrame } from '../../src/codec/native-frame.js';
import { createPacketizer } from '../../src/codec/packetizer.js';
import { convertFrame } from '../../src/codec/scale.js';
import { VideoEncoder } from '../../src/codec/video-encoder.js';
import type { VideoEncoderConfig } from '../../src/codec/video-encoder.js';
import { silentLogger } from '../../src/logger.js';
import type { Logger } from '../../src/logger.js';
import { videoCodecNames } from '../../src/media/encoded-video-chunk.js';
import type { EncodedVideoChunk } from '../../src/media/encoded-video-chunk.js';
import type { VideoPixelFormat } from '../../src/media/pixel-format.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import {
  barError,
  decodeAll,
  depacketize,
  encoderConfig,
  flatFrame,
  psnr,
  readBars,
  rgbBars,
} from '../support/codec-pictures.js';
import type { Rgb } from '../support/codec-pictures.js';
import { MovingPictures } from '../support/moving-pictures.js';

const width = 320;
const height = 180;
const moving = new MovingPictures(width, height);

function picture(index: number, timestamp = index * 33_333): VideoFrame {
  const init = { format: 'RGB', codedWidth: width, codedHeight: height } as const;
  return VideoFrame.fromBuffer(moving.rgb(index), { ...init, timestamp });
}

function bars(codedWidth = width, codedHeight = height): VideoFrame {
  const pixels = rgbBars(codedWidth, codedHeight);
  return VideoFrame.fromBuffer(pixels, { format: 'RGB', codedWidth, codedHeight, timestamp: 0 });
}

/** A frame in a layout that libswscale does not read. */
function unsupportedFrame(): Frame {
  using pool = new FramePool(0);
  return pool.take(AV_PIX_FMT_RGBAF32LE, width, height);
}

/** The bars four times, as bytes of a format. */
function still(format: VideoPixelFormat): VideoFrame[] {
  using source = bars();
  const pixels = source.toBuffer({ format });
  const init = { format, codedWidth: width, codedHeight: height };
  return [0, 1, 2, 3].map((index) =>
    VideoFrame.fromBuffer(pixels, { ...init, timestamp: index * 33_333 }),
  );
}

async function encodeAll(
  config: VideoEncoderConfig,
  frames: Iterable<VideoFrame>,
  keyAt: readonly number[] = [],
): Promise<EncodedVideoChunk[]> {
  await using encoder = await VideoEncoder.create(config);
  const chunks: EncodedVideoChunk[] = [];
  let index = 0;
  for (const frame of frames) {
    chunks.push(...(await encoder.encode(frame, { keyFrame: keyAt.includes(index) })));
    frame.close();
    index += 1;
  }
  return chunks;
}

function* pictures(count: number): Generator<VideoFrame> {
  for (let index = 0; index < count; index += 1) yield picture(index);
}

async function rgbOf(codec: EncodedVideoChunk[], config: VideoEncoderConfig): Promise<Buffer> {
  const frames = await decodeAll(config.codec, codec);
  const pixels = frames.at(-1)?.toBuffer({ format: 'RGB' });
  for (const frame of frames) frame.close();
  if (pixels === undefined) throw new Error('nothing decoded');
  return pixels;
}

describe.each(videoCodecNames)('VideoEncoder for %s', (codec) => {
  const config = encoderConfig({ codec });
  /** SVT-AV1 cannot be told anything while it runs, and makes no picture smaller than 64x64. */
  const isAv1 = codec === 'av1';

  it('gives one chunk per frame that looks like it, with its timestamp', async () => {
    const chunks = await encodeAll(config, pictures(20));
    expect(chunks.map(({ timestamp }) => timestamp)).toEqual(
      Array.from({ length: 20 }, (_, index) => index * 33_333),
    );
    expect(chunks.map(({ type }) => type)).toEqual(['key', ...Array<string>(19).fill('delta')]);
    const decoded = await decodeAll(codec, chunks);
    expect(decoded).toHaveLength(20);
    const [last, original] = [decoded.at(-1) as VideoFrame, picture(19)];
    expect(
      psnr(last.toBuffer({ format: 'GRAY8' }), original.toBuffer({ format: 'GRAY8' })),
    ).toBeGreaterThan(33);
    for (const frame of decoded) frame.close();
  });

  it('starts anew wherever a key frame is asked for', async () => {
    const chunks = await encodeAll(config, pictures(15), [6, 7, 12]);
    const keys = chunks.flatMap(({ type }, index) => (type === 'key' ? [index] : []));
    expect(keys).toEqual([0, 6, 7, 12]);
    const late = await decodeAll(codec, chunks.slice(12));
    expect(late).toHaveLength(3);
    for (const frame of late) frame.close();
  });

  it('makes no key frame by itself, whatever its input says of itself', async () => {
    await using encoder = await VideoEncoder.create(config);
    const types = new Set<string>();
    for (let index = 0; index < 330; index += 1) {
      const native = toNativeFrame(picture(0, index * 33_333));
      native.pictType = AV_PICTURE_TYPE_I;
      using frame = wrapNativeFrame(native, { timestamp: index * 33_333 });
      const [chunk] = await encoder.encode(frame);
      if (index > 0) types.add(chunk?.type ?? 'none');
    }
    expect([...types]).toEqual(['delta']);
  });

  it(`takes a new bit rate ${isAv1 ? 'with' : 'without'} a key frame`, async () => {
    await using encoder = await VideoEncoder.create({ ...config, bitrate: 1_500_000 });
    const run = async (from: number): Promise<number> => {
      let bytes = 0;
      for (let index = from; index < from + 45; index += 1) {
        using frame = picture(index % 60, index * 33_333);
        for (const chunk of await encoder.encode(frame)) {
          const starts = index === 0 || (isAv1 && index === from);
          expect(chunk.type).toBe(starts ? 'key' : 'delta');
          expect(chunk.timestamp).toBe(index * 33_333);
          if (index >= from + 15) bytes += chunk.byteLength;
        }
      }
      return bytes * 8;
    };
    const before = await run(0);
    expect(before).toBeGreaterThan(1_000_000);
    expect(before).toBeLessThan(2_000_000);
    expect(encoder.restarts).toBe(isAv1);
    encoder.setBitrate(300_000);
    expect(encoder.bitrate).toBe(300_000);
    const after = await run(45);
    expect(after).toBeGreaterThan(150_000);
    expect(after).toBeLessThan(450_000);
    using frame = picture(0, 3_000_000);
    const [key] = await encoder.encode(frame, { keyFrame: true });
    expect(key?.type).toBe('key');
    expect(key?.byteLength).toBeLessThan(20_000);
  });

  it.each([
    ['every other frame', 66_667],
    ['twice the frames', 16_667],
  ])('keeps the bit rate with %s', async (_, step) => {
    await using encoder = await VideoEncoder.create(config);
    let bits = 0;
    for (let index = 0; index < 120; index += 1) {
      using frame = picture(index % 60, index * step);
      const [chunk] = await encoder.encode(frame);
      if (index >= 60) bits += (chunk?.byteLength ?? 0) * 8;
    }
    const rate = bits / ((60 * step) / 1_000_000);
    expect(rate).toBeGreaterThan(0.7 * config.bitrate);
    expect(rate).toBeLessThan(1.4 * config.bitrate);
  });

  it('keeps the bit rate when one picture of twenty is left out', async () => {
    await using encoder = await VideoEncoder.create(config);
    let bits = 0;
    for (let index = 0; index < 240; index += 1) {
      if (index % 20 === 10) continue;
      using frame = picture(index % 60, index * 33_333);
      const [chunk] = await encoder.encode(frame);
      if (index >= 60) bits += (chunk?.byteLength ?? 0) * 8;
    }
    const rate = bits / ((180 * 33_333) / 1_000_000);
    expect(rate).toBeGreaterThan(0.8 * config.bitrate);
    expect(rate).toBeLessThan(1.2 * config.bitrate);
  });

  it('takes timestamps that jump, repeat and start over', async () => {
    const stamps = [5_000_000, 5_000_000, 5_000_001, 90_000_000_000, 0, -40_000, 7];
    const frames = stamps.map((timestamp, index) => picture(index, timestamp));
    const chunks = await encodeAll(config, frames);
    expect(chunks.map(({ timestamp }) => timestamp)).toEqual(stamps);
    const decoded = await decodeAll(codec, chunks);
    expect(decoded).toHaveLength(stamps.length);
    for (const frame of decoded) frame.close();
  });

  it.each(['I420', 'NV12', 'RGBA', 'BGRA', 'RGB', 'BGR'] as const)(
    'shows the right colours of %s bytes',
    async (format) => {
      const seen = await rgbOf(await encodeAll(config, still(format)), config);
      expect(barError(seen, width, height)).toBeLessThanOrEqual(12);
    },
  );

  it('shows gray bytes gray', async () => {
    const seen = await rgbOf(await encodeAll(config, still('GRAY8')), config);
    const grays = readBars(seen, width, height);
    expect(grays.every(([red, green, blue]) => red === green && green === blue)).toBe(true);
    expect(Math.abs((grays[0] as Rgb)[0] - 235)).toBeLessThanOrEqual(6);
    expect(Math.abs((grays[4] as Rgb)[0] - 10)).toBeLessThanOrEqual(6);
  });

  it.each([
    ['yuvj420p', { format: AV_PIX_FMT_YUVJ420P, colorRange: AVCOL_RANGE_JPEG }],
    ['BT.709', { colorSpace: AVCOL_SPC_BT709, colorRange: AVCOL_RANGE_MPEG }],
    ['full-range BT.709', { colorSpace: AVCOL_SPC_BT709, colorRange: AVCOL_RANGE_JPEG }],
    ['BT.709 NV12', { format: AV_PIX_FMT_NV12, colorSpace: AVCOL_SPC_BT709 }],
    ['4:2:2', { format: AV_PIX_FMT_YUV422P }],
    ['4:4:4', { format: AV_PIX_FMT_YUV444P }],
    ['camera', { format: AV_PIX_FMT_YUYV422 }],
    ['10 bit', { format: AV_PIX_FMT_P010LE, colorSpace: AVCOL_SPC_BT709 }],
  ])('shows the right colours of native %s frames', async (_, options) => {
    using rgb = toNativeFrame(bars());
    using frame = wrapNativeFrame(convertFrame(rgb, { format: AV_PIX_FMT_YUV420P, ...options }), {
      timestamp: 0,
    });
    const frames = [0, 1, 2, 3].map((index) => frame.clone({ timestamp: index * 33_333 }));
    const seen = await rgbOf(await encodeAll(config, frames), config);
    expect(barError(seen, width, height)).toBeLessThanOrEqual(12);
  });

  const sizes = [
    [321, 181],
    [65, 67],
    [319, 17],
    [64, 63],
    [17, 17],
    [2, 2],
    [1, 1],
    [3, 200],
  ] as const;
  const [large, small] = [
    sizes.filter((size) => !isAv1 || Math.min(...size) >= 64),
    sizes.filter((size) => isAv1 && Math.min(...size) < 64),
  ];

  it.each(small)('says that %ix%i is too small', async (smallWidth, smallHeight) => {
    const sized = { ...config, width: smallWidth, height: smallHeight };
    await expect(VideoEncoder.create(sized)).rejects.toThrow(
      `AV1 pictures need 64x64 pixels at least, got ${smallWidth}x${smallHeight}`,
    );
  });

  it.each(large)('takes %ix%i, rounded down to even', async (oddWidth, oddHeight) => {
    const sized = { ...config, width: oddWidth, height: oddHeight };
    const frames = (['RGB', 'I420'] as const).map((format, index) =>
      flatFrame(format, oddWidth, oddHeight, index),
    );
    const [frame, second] = await decodeAll(codec, await encodeAll(sized, frames));
    expect([frame?.codedWidth, frame?.codedHeight]).toEqual([
      Math.max(2, oddWidth & ~1),
      Math.max(2, oddHeight & ~1),
    ]);
    frame?.close();
    second?.close();
  });

  it('survives its packets', async () => {
    const packetizer = createPacketizer(codec);
    const chunks = await encodeAll(config, pictures(10), [5]);
    const received = chunks.map((chunk) => {
      const { payloads } = packetizer.packetize(chunk);
      expect(Math.max(...payloads.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(1188);
      return { data: depacketize(codec, payloads), timestamp: chunk.timestamp };
    });
    const direct = await decodeAll(codec, chunks);
    const after = await decodeAll(codec, received);
    expect(after).toHaveLength(direct.length);
    after.forEach((frame, index) => {
      expect(frame.toBuffer().equals((direct[index] as VideoFrame).toBuffer())).toBe(true);
    });
    for (const frame of [...direct, ...after]) frame.close();
  });

  it('can be closed twice, while frames are at work and waiting', async () => {
    const encoder = await VideoEncoder.create(config);
    const frames = [picture(0), picture(1), picture(2)];
    const results = frames.map((frame) => encoder.encode(frame));
    const closing = encoder.close();
    expect(encoder.closed).toBe(true);
    await Promise.all([closing, encoder.close()]);
    const settled = await Promise.allSettled(results);
    for (const result of settled.filter(({ status }) => status === 'rejected')) {
      expect((result as PromiseRejectedResult).reason).toMatchObject({ code: 'invalid-state' });
    }
    expect(frames.every((frame) => !frame.closed)).toBe(true);
    await expect(encoder.encode(frames[0] as VideoFrame)).rejects.toMatchObject({
      name: 'InvalidStateError',
    });
    expect(() => encoder.setBitrate(500_000)).toThrow('closed');
  });

  it('rejects frames of another size and closed frames, and goes on', async () => {
    await using encoder = await VideoEncoder.create(config);
    await expect(encoder.encode(bars(64, 64))).rejects.toThrow(TypeError);
    await expect(encoder.encode(bars(64, 64))).rejects.toThrow('320x180, got 64x64');
    const gone = bars();
    gone.close();
    await expect(encoder.encode(gone)).rejects.toMatchObject({ name: 'InvalidStateError' });
    expect(await encoder.encode(picture(0))).toHaveLength(1);
  });

  it('goes on with a key frame after a frame that FFmpeg refused', async () => {
    await using encoder = await VideoEncoder.create(config);
    await encoder.encode(picture(0));
    using broken = wrapNativeFrame(unsupportedFrame(), { timestamp: 1 });
    const error: unknown = await encoder.encode(broken).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'EncodingError', code: 'encoding-failed' });
    expect((error as Error).cause).toBeInstanceOf(Error);
    const [chunk] = await encoder.encode(picture(2));
    expect(chunk?.type).toBe('key');
  });

  it('falls back from hardware with a warning that says why, or runs in it', async () => {
    const warnings: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (_: object | string, message?: string) => void warnings.push(message ?? ''),
    };
    await using encoder = await VideoEncoder.create(
      { ...config, hardwareAcceleration: 'prefer-hardware' },
      { logger },
    );
    const expected = encoder.hardware ? [] : [expect.stringContaining(`using ${encoder.name}`)];
    expect(warnings).toEqual(expected);
    expect(await encoder.encode(picture(0))).not.toHaveLength(0);
    // Said once, however many encoders a stream opens.
    const wish = { ...config, hardwareAcceleration: 'prefer-hardware' } as const;
    await using second = await VideoEncoder.create(wish, { logger });
    expect(second.name).toBe(encoder.name);
    expect(warnings).toEqual(expected);
  });
});

describe('H.264 chunks', () => {
  it('are constrained baseline with parameter sets before each key picture', async () => {
    const config = encoderConfig({ codec: 'h264' });
    const chunks = await encodeAll(config, pictures(8), [4]);
    const types = chunks.map(({ data }) =>
      splitAnnexB(data).map((unit) => (unit[0] as number) & 0x1f),
    );
    for (const index of [0, 4]) {
      expect(types[index]?.filter((type) => type !== 6)).toEqual([7, 8, 5]);
      const sps = splitAnnexB(chunks[index]?.data as Buffer).find(
        (unit) => ((unit[0] as number) & 0x1f) === 7,
      );
      expect(sps?.[1]).toBe(66);
      expect((sps?.[2] as number) & 0x40).toBe(0x40);
    }
    expect(types[1]).toEqual([1]);
  });
});

describe('VideoEncoder memory', () => {
  it('does not grow over a few hundred frames and encoders', async () => {
    const round = async (): Promise<void> => {
      for (const codec of videoCodecNames) {
        await using encoder = await VideoEncoder.create(encoderConfig({ codec }));
        for (let index = 0; index < 60; index += 1) {
          using frame = picture(index % 8, index * 33_333);
          await encoder.encode(frame);
        }
      }
    };
    await round();
    await round();
    const before = process.memoryUsage().rss;
    for (let index = 0; index < 5; index += 1) await round();
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(60);
  });
});
