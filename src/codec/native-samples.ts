import type { ChannelLayout } from 'node-av/lib';
import type { AVSampleFormat } from 'node-av/constants';
import {
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S16P,
} from 'node-av/constants';
import type { AudioData, AudioSampleFormat, AudioSamples } from '../media/audio-data.js';

/** Sound as FFmpeg describes it. */
export interface NativeSoundShape {
  format: AVSampleFormat;
  sampleRate: number;
  numberOfChannels: number;
  /** Where the channels are heard. Default: FFmpeg's choice for so many. */
  layout?: ChannelLayout;
}

const nativeFormats: Record<AudioSampleFormat, AVSampleFormat> = {
  s16: AV_SAMPLE_FMT_S16,
  f32: AV_SAMPLE_FMT_FLT,
  's16-planar': AV_SAMPLE_FMT_S16P,
  'f32-planar': AV_SAMPLE_FMT_FLTP,
};

/** The shape of an `AudioData` in FFmpeg's words. */
export function nativeShape(
  audio: Pick<AudioData, 'format' | 'sampleRate' | 'numberOfChannels'>,
): NativeSoundShape {
  const { format, sampleRate, numberOfChannels } = audio;
  return { format: nativeFormats[format], sampleRate, numberOfChannels };
}

/** Memory of samples, seen as bytes. */
export function bytesOf(samples: AudioSamples): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** One buffer a plane, over the samples themselves. */
export function planesOf(audio: AudioData): Buffer[] {
  const { data, numberOfChannels, numberOfFrames } = audio;
  if (!audio.format.endsWith('planar')) return [bytesOf(data)];
  return Array.from({ length: numberOfChannels }, (_, channel) =>
    bytesOf(data.subarray(channel * numberOfFrames, (channel + 1) * numberOfFrames)),
  );
}

/** 16-bit samples over bytes, which are copied only where they lie at an odd address. */
export function int16Of(bytes: Uint8Array): Int16Array {
  const { buffer, byteOffset, byteLength } = bytes;
  const length = byteLength >> 1;
  if (byteOffset % 2 === 0) return new Int16Array(buffer, byteOffset, length);
  return new Int16Array(Uint8Array.from(bytes).buffer, 0, length);
}
