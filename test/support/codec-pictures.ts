import { CodecParameters, Packet, Rational } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import {
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import { H264RtpPayload, Vp8RtpPayload, Vp9RtpPayload } from 'werift';
import { wrapNativeFrame } from '../../src/codec/native-frame.js';
import { VideoDecoder } from '../../src/codec/video-decoder.js';
import type { DecodableStream } from '../../src/codec/video-decoder.js';
import type { VideoEncoderConfig } from '../../src/codec/video-encoder.js';
import type { EncodedVideoChunk, VideoCodecName } from '../../src/media/encoded-video-chunk.js';
import { pictureByteLength } from '../../src/media/pixel-format.js';
import type { VideoPixelFormat } from '../../src/media/pixel-format.js';
import { VideoFrame } from '../../src/media/video-frame.js';
import { depacketizeAv1, sizedUnits } from './av1-rtp.js';

/** An encoder's configuration for tests: small, 30 frames a second. */
export function encoderConfig(overrides: Partial<VideoEncoderConfig> = {}): VideoEncoderConfig {
  return {
    codec: 'vp8',
    width: 320,
    height: 180,
    bitrate: 1_000_000,
    framerate: 30,
    hardwareAcceleration: 'no-preference',
    ...overrides,
  };
}

/** Red, green and blue of a pixel. */
export type Rgb = [number, number, number];

/** Colours that tell matrices and ranges apart, as upright bars. */
const barColors: readonly Rgb[] = [
  [235, 235, 235],
  [200, 30, 30],
  [30, 180, 40],
  [40, 50, 200],
  [10, 10, 10],
];

/** Tightly packed RGB with {@link barColors} from left to right. */
export function rgbBars(width: number, height: number): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const bar = Math.floor((x * barColors.length) / width);
      pixels.set(barColors[bar] as Rgb, (y * width + x) * 3);
    }
  }
  return pixels;
}

/** The colour in the middle of each bar of an RGB picture. */
export function readBars(pixels: Buffer, width: number, height: number): Rgb[] {
  return barColors.map((_, bar) => {
    const x = Math.floor(((bar + 0.5) * width) / barColors.length);
    const at = (Math.floor(height / 2) * width + x) * 3;
    return [pixels[at], pixels[at + 1], pixels[at + 2]] as Rgb;
  });
}

/** Largest difference of any channel of any bar from what it should be. */
export function barError(pixels: Buffer, width: number, height: number): number {
  const read = readBars(pixels, width, height);
  return Math.max(
    ...read.flatMap((rgb, bar) =>
      rgb.map((value, channel) => Math.abs(value - (barColors[bar] as Rgb)[channel as 0 | 1 | 2])),
    ),
  );
}

/** A frame of one byte value. */
export function flatFrame(
  format: VideoPixelFormat,
  codedWidth: number,
  codedHeight: number,
  timestamp = 0,
  value = 128,
): VideoFrame {
  const pixels = Buffer.alloc(pictureByteLength(format, codedWidth, codedHeight), value);
  return VideoFrame.fromBuffer(pixels, { format, codedWidth, codedHeight, timestamp });
}

/** What a demuxer would say of a stream of our chunks. */
export function streamOf(codec: VideoCodecName, width: number, height: number): DecodableStream {
  const codecpar = new CodecParameters();
  codecpar.alloc();
  codecpar.codecType = AVMEDIA_TYPE_VIDEO;
  codecpar.codecId = {
    h264: AV_CODEC_ID_H264,
    vp8: AV_CODEC_ID_VP8,
    vp9: AV_CODEC_ID_VP9,
    av1: AV_CODEC_ID_AV1,
  }[codec];
  codecpar.width = width;
  codecpar.height = height;
  return { codecpar, timeBase: new Rational(1, 1_000_000) };
}

/** A chunk's data as a packet, for the caller to free. */
export function packetOf(data: Buffer, timestamp: number): Packet {
  const packet = new Packet();
  packet.alloc();
  packet.data = data;
  packet.pts = BigInt(timestamp);
  packet.dts = BigInt(timestamp);
  return packet;
}

/** Decodes bitstreams to frames, which the caller closes. */
export async function decodeAll(
  codec: VideoCodecName,
  pictures: readonly Pick<EncodedVideoChunk, 'data' | 'timestamp'>[],
): Promise<VideoFrame[]> {
  await using decoder = await VideoDecoder.open(streamOf(codec, 0, 0), { threads: 1 });
  const frames: Frame[] = [];
  for (const { data, timestamp } of pictures) {
    using packet = packetOf(data, timestamp);
    frames.push(...(await decoder.decode(packet)));
  }
  frames.push(...(await decoder.flush()));
  return frames.map((frame) => wrapNativeFrame(frame, { timestamp: Number(frame.pts) }));
}

/** Puts RTP payloads together again, with code that is not ours. */
export function depacketize(codec: VideoCodecName, payloads: readonly Buffer[]): Buffer {
  if (codec === 'vp8') {
    return Buffer.concat(payloads.map((p) => Vp8RtpPayload.deSerialize(p).payload));
  }
  if (codec === 'vp9') {
    return Buffer.concat(payloads.map((p) => Vp9RtpPayload.deSerialize(p).payload));
  }
  if (codec === 'av1') return sizedUnits(depacketizeAv1(payloads).units);
  const units: Buffer[] = [];
  let fragment: Buffer | undefined;
  for (const payload of payloads) {
    const parsed = H264RtpPayload.deSerialize(payload, fragment);
    fragment = parsed.fragment;
    if (parsed.payload) units.push(parsed.payload);
  }
  return Buffer.concat(units);
}

/** Peak signal-to-noise ratio of two pictures of one layout, in dB. */
export function psnr(a: Buffer, b: Buffer): number {
  let sum = 0;
  for (let at = 0; at < a.byteLength; at += 1) sum += ((a[at] as number) - (b[at] as number)) ** 2;
  return sum === 0 ? Infinity : 10 * Math.log10((255 * 255 * a.byteLength) / sum);
}
