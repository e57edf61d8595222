import { FFmpegError, SoftwareResampleContext } from 'node-av/lib';
import { EncodingError } from '../errors.js';
import type { AudioSamples } from '../media/audio-data.js';
import { channelLayout } from './channel-layout.js';
import { bytesOf, nativeShape } from './native-samples.js';
import type { NativeSoundShape } from './native-samples.js';

/** What a {@link ResampleContext} makes: interleaved samples. */
export interface ResampledShape {
  format: 's16' | 'f32';
  sampleRate: number;
  numberOfChannels: number;
}

/**
 * FFmpeg's swresample from one shape to another, reading and writing JavaScript's own memory. Keeps levels:
 * mono to stereo is both times the same, stereo to mono the mean.
 */
export class ResampleContext {
  readonly #from: NativeSoundShape;
  readonly #to: ResampledShape;
  readonly #native: SoftwareResampleContext = new SoftwareResampleContext();
  #samples: AudioSamples;
  #bytes: Buffer;

  /** @throws {EncodingError} when FFmpeg refuses; `cause` is its error. */
  constructor(from: NativeSoundShape, to: ResampledShape) {
    this.#from = { ...from };
    this.#to = to;
    this.#samples = samplesFor(to, 0);
    this.#bytes = bytesOf(this.#samples);
    try {
      this.#open();
    } catch (cause) {
      this.#native.free();
      throw new EncodingError('FFmpeg cannot resample this sound', cause);
    }
  }

  /** True when sound of that shape can go on through here. */
  takes(shape: NativeSoundShape): boolean {
    const { format, sampleRate, numberOfChannels, layout } = this.#from;
    return (
      shape.format === format &&
      shape.sampleRate === sampleRate &&
      shape.numberOfChannels === numberOfChannels &&
      shape.layout?.mask === layout?.mask
    );
  }

  /**
   * @param planes - Sound of the shape taken; `null` for what is still held back at the end.
   * @param frames - Samples of one channel in there.
   * @returns What is ready, interleaved; valid until the next call.
   * @throws {EncodingError} when FFmpeg is out of memory.
   */
  convert(planes: Buffer[] | null, frames: number): AudioSamples {
    const room = this.#native.getOutSamples(frames);
    const { numberOfChannels } = this.#to;
    this.#makeRoom(room * numberOfChannels);
    const made = this.#native.convertSync([this.#bytes], room, planes, frames);
    if (made < 0) throw new EncodingError('FFmpeg could not resample', FFmpegError.fromCode(made));
    return this.#samples.subarray(0, made * numberOfChannels);
  }

  /** Frees it. */
  close(): void {
    this.#native.free();
  }

  #open(): void {
    const from = this.#from;
    const to = nativeShape(this.#to);
    const allocated = this.#native.allocSetOpts2(
      channelLayout(to.numberOfChannels),
      to.format,
      to.sampleRate,
      from.layout ?? channelLayout(from.numberOfChannels),
      from.format,
      from.sampleRate,
    );
    FFmpegError.throwIfError(allocated, 'set up the resampler');
    // Without a limit mixing down to floats is louder than mixing down to integers. The shares of many
    // channels are rounded: a sum above 1 would turn the loudest samples over.
    const most = from.numberOfChannels > 2 ? '0.9998' : '1';
    FFmpegError.throwIfError(this.#native.setOption('rematrix_maxval', most), 'limit the mix');
    if (from.numberOfChannels === 1 && to.numberOfChannels === 2) {
      // FFmpeg would spread the power of mono over both, 3 dB less each.
      FFmpegError.throwIfError(this.#native.setMatrix([1, 1], 1), 'set the mix');
    }
    FFmpegError.throwIfError(this.#native.init(), 'open the resampler');
  }

  #makeRoom(length: number): void {
    if (this.#samples.length >= length) return;
    this.#samples = samplesFor(this.#to, Math.ceil(length * 1.25));
    this.#bytes = bytesOf(this.#samples);
  }
}

function samplesFor({ format }: ResampledShape, length: number): AudioSamples {
  return format === 's16' ? new Int16Array(length) : new Float32Array(length);
}
