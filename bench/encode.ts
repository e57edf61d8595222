/**
 * What encoding costs: one JSON line per case, CPU time of the whole process per 1280x720 frame in ms,
 * packetizing included. `npx tsx bench/encode.ts [seconds of video per case]`
 */
import { AVCOL_RANGE_MPEG, AVCOL_SPC_BT709, AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { toNativeFrame, wrapNativeFrame } from '../src/codec/native-frame.js';
import { createPacketizer } from '../src/codec/packetizer.js';
import { convertFrame } from '../src/codec/scale.js';
import { VideoEncoder } from '../src/codec/video-encoder.js';
import { videoCodecNames } from '../src/media/encoded-video-chunk.js';
import type { VideoCodecName } from '../src/media/encoded-video-chunk.js';
import { VideoFrame } from '../src/media/video-frame.js';
import { MovingPictures } from '../test/support/moving-pictures.js';

const width = 1280;
const height = 720;
const framerate = 30;
const bitrate = 1_500_000;
const seconds = Number(process.argv[2] ?? 8);

/** Pictures shown forwards and backwards, so that the loop has no cut. */
const recorded = 24;

type Input = 'native BT.601' | 'native BT.709' | 'RGB bytes';

function record(): Record<Input, VideoFrame[]> {
  const moving = new MovingPictures(width, height);
  const frames: Record<Input, VideoFrame[]> = {
    'native BT.601': [],
    'native BT.709': [],
    'RGB bytes': [],
  };
  for (let index = 0; index < recorded; index += 1) {
    const rgb = VideoFrame.fromBuffer(moving.rgb(index), {
      format: 'RGB',
      codedWidth: width,
      codedHeight: height,
      timestamp: 0,
    });
    using native = toNativeFrame(rgb);
    const format = AV_PIX_FMT_YUV420P;
    const bt709 = { colorSpace: AVCOL_SPC_BT709, colorRange: AVCOL_RANGE_MPEG };
    const times = { timestamp: 0 };
    frames['native BT.601'].push(wrapNativeFrame(convertFrame(native, { format }), times));
    frames['native BT.709'].push(
      wrapNativeFrame(convertFrame(native, { format, ...bt709 }), times),
    );
    frames['RGB bytes'].push(rgb);
  }
  return frames;
}

async function measure(codec: VideoCodecName, input: Input, frames: VideoFrame[]): Promise<void> {
  const config = { codec, width, height, bitrate, framerate } as const;
  await using encoder = await VideoEncoder.create({
    ...config,
    hardwareAcceleration: 'prefer-software',
  });
  const packetizer = createPacketizer(codec);
  const count = seconds * framerate;
  const warmUp = framerate;
  let bytes = 0;
  let payloads = 0;
  let cpu = process.cpuUsage();
  let start = performance.now();
  for (let index = -warmUp; index < count; index += 1) {
    if (index === 0) {
      cpu = process.cpuUsage();
      start = performance.now();
      bytes = 0;
      payloads = 0;
    }
    const period = 2 * recorded - 2;
    const at = (index + warmUp) % period;
    using frame = (frames[at < recorded ? at : period - at] as VideoFrame).clone({
      timestamp: Math.round(((index + warmUp) * 1_000_000) / framerate),
    });
    for (const chunk of await encoder.encode(frame, { keyFrame: index === 0 })) {
      bytes += chunk.byteLength;
      payloads += packetizer.packetize(chunk).payloads.length;
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  const result = {
    bench: 'encode',
    codec,
    encoder: encoder.name,
    input,
    size: `${width}x${height}`,
    frames: count,
    cpuMsPerFrame: round((user + system) / 1000 / count),
    wallMsPerFrame: round((performance.now() - start) / count),
    coresAt30: round(((user + system) / 1_000_000 / count) * framerate),
    kbitPerSecond: Math.round((bytes * 8) / seconds / 1000),
    payloadsPerFrame: round(payloads / count),
  };
  console.log(JSON.stringify(result));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const frames = record();
for (const codec of videoCodecNames) {
  for (const input of Object.keys(frames) as Input[]) await measure(codec, input, frames[input]);
}
for (const frame of Object.values(frames).flat()) frame.close();
