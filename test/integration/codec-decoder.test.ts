import { Rational } from 'node-av/lib';
import type { Frame, Packet } from 'node-av/lib';
import { AV_CODEC_ID_NONE } from 'node-av/constants';
import { describe, expect, it } from 'vitest';
import { VideoDecoder } from '../../src/codec/video-decoder.js';
import { VideoEncoder } from '../../src/codec/video-encoder.js';
import { receivableCodecNames } from '../../src/media/encoded-video-chunk.js';
import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import { encoderConfig, packetOf, streamOf } from '../support/codec-pictures.js';
import { MovingPictures } from '../support/moving-pictures.js';

const width = 320;
const height = 180;
const moving = new MovingPictures(width, height);

/** `count` pictures' bitstreams, a key frame every ten. */
async function bitstream(codec: ReceivableCodecName, count: number): Promise<Buffer[]> {
  await using encoder = await VideoEncoder.create(encoderConfig({ codec }));
  const data: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    using frame = VideoFrame.fromBuffer(moving.rgb(index), {
      format: 'RGB',
      codedWidth: width,
      codedHeight: height,
      timestamp: index * 40_000,
    });
    const chunks = await encoder.encode(frame, { keyFrame: index % 10 === 0 });
    data.push(...chunks.map((chunk) => chunk.data));
  }
  return data;
}

/** Times of the pictures that come out, which are freed. */
function timesOf(frames: Frame[]): number[] {
  return frames.map((frame) => {
    const time = Number(frame.pts);
    expect([frame.width, frame.height]).toEqual([width, height]);
    expect(frame.timeBase.den).toBe(1_000_000);
    frame.free();
    return time;
  });
}

async function decode(decoder: VideoDecoder, data: readonly Buffer[]): Promise<number[]> {
  const times: number[] = [];
  for (const [index, bytes] of data.entries()) {
    using packet: Packet = packetOf(bytes, index);
    times.push(...timesOf(await decoder.decode(packet)));
  }
  return times;
}

describe.each(receivableCodecNames)('VideoDecoder for %s', (codec) => {
  it.each([1, 3])('gives every picture in order with %i threads', async (threads) => {
    const data = await bitstream(codec, 25);
    await using decoder = await VideoDecoder.open(streamOf(codec, width, height), { threads });
    const times = await decode(decoder, data);
    times.push(...timesOf(await decoder.flush()));
    expect(times).toEqual(data.map((_, index) => index));
    expect(decoder.errors).toBe(0);
  });

  it('takes a new start after a flush', async () => {
    const data = await bitstream(codec, 5);
    await using decoder = await VideoDecoder.open(streamOf(codec, width, height));
    const first = [...(await decode(decoder, data)), ...timesOf(await decoder.flush())];
    const second = [...(await decode(decoder, data)), ...timesOf(await decoder.flush())];
    expect(first).toHaveLength(5);
    expect(second).toEqual(first);
  });

  it('skips garbage, counts it and goes on', async () => {
    const data = await bitstream(codec, 30);
    data[14] = Buffer.alloc(700, 0x5a);
    data[15] = Buffer.alloc(1, 0xff);
    await using decoder = await VideoDecoder.open(streamOf(codec, width, height), { threads: 1 });
    const times = await decode(decoder, data);
    times.push(...timesOf(await decoder.flush()));
    expect(decoder.errors).toBeGreaterThan(0);
    expect(times.slice(0, 14)).toEqual(Array.from({ length: 14 }, (_, index) => index));
    expect(times).not.toContain(14);
    expect(times.slice(-10)).toEqual(Array.from({ length: 10 }, (_, index) => index + 20));
  });

  it('waits for a first picture that can be shown', async () => {
    const data = await bitstream(codec, 21);
    await using decoder = await VideoDecoder.open(streamOf(codec, width, height), { threads: 1 });
    const times = await decode(decoder, data.slice(13));
    times.push(...timesOf(await decoder.flush()));
    expect(times.at(-1)).toBe(7);
  });

  it('can be closed twice, with packets at work', async () => {
    const [first] = await bitstream(codec, 1);
    const decoder = await VideoDecoder.open(streamOf(codec, width, height));
    using packet = packetOf(first as Buffer, 0);
    const pending = decoder.decode(packet);
    await Promise.all([decoder.close(), decoder.close()]);
    timesOf(await pending);
    expect(decoder.closed).toBe(true);
    await expect(decoder.decode(packet)).rejects.toMatchObject({ code: 'invalid-state' });
    await expect(decoder.flush()).rejects.toMatchObject({ name: 'InvalidStateError' });
  });
});

describe('VideoDecoder', () => {
  it('rejects impossible thread counts', async () => {
    const stream = streamOf('vp8', width, height);
    await expect(VideoDecoder.open(stream, { threads: 0 })).rejects.toThrow(RangeError);
  });

  it('says when there is no decoder', async () => {
    const { codecpar } = streamOf('vp8', width, height);
    codecpar.codecId = AV_CODEC_ID_NONE;
    const stream = { codecpar, timeBase: new Rational(1, 1000) };
    await expect(VideoDecoder.open(stream)).rejects.toMatchObject({ code: 'no-decoder' });
  });

  it('shows a stream that has nothing but damage', async () => {
    const data = (await bitstream('h264', 60)).map((bytes, index) =>
      index === 0 ? bytes : Buffer.concat([bytes.subarray(0, bytes.byteLength / 2)]),
    );
    await using decoder = await VideoDecoder.open(streamOf('h264', width, height), { threads: 1 });
    const times = await decode(decoder, data);
    expect(decoder.errors).toBeGreaterThan(30);
    expect(times.length).toBeGreaterThan(1);
    expect(times.length).toBeLessThan(40);
  });
});
