import { FFmpegError, SoftwareResampleContext } from 'node-av/lib';
import type { AVSampleFormat } from 'node-av/constants';
import {
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S16P,
} from 'node-av/constants';
import { EncodingError } from '../errors.js';
import type { AudioData, AudioSampleFormat, AudioSamples } from '../media/audio-data.js';
import { channelLayout } from './channel-layout.js';

/** How sound lies in memory and in time. */
export type SoundShape = Pick<AudioData, 'format' | 'sampleRate' | 'numberOfChannels'>;

const nativeFormats: Record<AudioSampleFormat, AVSampleFormat> = {
  s16: AV_SAMPLE_FMT_S16,
  f32: AV_SAMPLE_FMT_FLT,
  's16-planar': AV_SAMPLE_FMT_S16P,
  'f32-planar': AV_SAMPLE_FMT_FLTP,
};

/**
 * FFmpeg's swresample from one shape to another, reading and writing JavaScript's own memory. Keeps levels:
 * mono to stereo is both times the same, stereo to mono the mean.
 */
export class ResampleContext {
  readonly from: SoundShape;
  readonly #to: SoundShape;
  readonly #native: SoftwareResampleContext = new SoftwareResampleContext();
  #samples: AudioSamples;
  #bytes: Buffer;

  /**
   * @param to - Interleaved.
   * @throws {EncodingError} when FFmpeg refuses; `cause` is its error.
   */
  constructor(from: SoundShape, to: SoundShape) {
    this.from = { ...from };
    this.#to = to;
    this.#samples = samplesOf(to.format, 0);
    this.#bytes = bytesOf(this.#samples);
    try {
      this.#open();
    } catch (cause) {
      this.#native.free();
      throw new EncodingError('FFmpeg cannot resample this sound', cause);
    }
  }

  /** True when sound of that shape can go on through here. */
  takes(shape: SoundShape): boolean {
    const { format, sampleRate, numberOfChannels } = this.from;
    return (
      shape.format === format &&
      shape.sampleRate === sampleRate &&
      shape.numberOfChannels === numberOfChannels
    );
  }

  /**
   * @param audio - Of the shape taken; `null` for what is still held back at the end.
   * @returns What is ready, interleaved; valid until the next call.
   * @throws {EncodingError} when FFmpeg is out of memory.
   */
  convert(audio: AudioData | null): AudioSamples {
    const frames = audio?.numberOfFrames ?? 0;
    const room = this.#native.getOutSamples(frames);
    const { numberOfChannels } = this.#to;
    this.#makeRoom(room * numberOfChannels);
    const input = audio === null ? null : planesOf(audio);
    const made = this.#native.convertSync([this.#bytes], room, input, frames);
    if (made < 0) throw new EncodingError('FFmpeg could not resample', FFmpegError.fromCode(made));
    return this.#samples.subarray(0, made * numberOfChannels);
  }

  /** Frees it. */
  close(): void {
    this.#native.free();
  }

  #open(): void {
    const { from } = this;
    const to = this.#to;
    const allocated = this.#native.allocSetOpts2(
      channelLayout(to.numberOfChannels),
      nativeFormats[to.format],
      to.sampleRate,
      channelLayout(from.numberOfChannels),
      nativeFormats[from.format],
      from.sampleRate,
    );
    FFmpegError.throwIfError(allocated, 'set up the resampler');
    // Without a limit mixing down to floats is louder than mixing down to integers.
    FFmpegError.throwIfError(this.#native.setOption('rematrix_maxval', '1.0'), 'limit the mix');
    if (from.numberOfChannels === 1 && to.numberOfChannels === 2) {
      // FFmpeg would spread the power of mono over both, 3 dB less each.
      FFmpegError.throwIfError(this.#native.setMatrix([1, 1], 1), 'set the mix');
    }
    FFmpegError.throwIfError(this.#native.init(), 'open the resampler');
  }

  #makeRoom(length: number): void {
    if (this.#samples.length >= length) return;
    this.#samples = samplesOf(this.#to.format, Math.ceil(length * 1.25));
    this.#bytes = bytesOf(this.#samples);
  }
}

function samplesOf(format: AudioSampleFormat, length: number): AudioSamples {
  return format.startsWith('s16') ? new Int16Array(length) : new Float32Array(length);
}

function bytesOf(samples: AudioSamples): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** One buffer a plane, over the samples themselves. */
function planesOf(audio: AudioData): Buffer[] {
  const { data, numberOfChannels, numberOfFrames } = audio;
  if (!audio.format.endsWith('planar')) return [bytesOf(data)];
  return Array.from({ length: numberOfChannels }, (_, channel) =>
    bytesOf(data.subarray(channel * numberOfFrames, (channel + 1) * numberOfFrames)),
  );
}
