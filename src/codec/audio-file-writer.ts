import {
  Codec,
  CodecContext,
  FFmpegError,
  FormatContext,
  Frame,
  Packet,
  Rational,
} from 'node-av/lib';
import type { IOContext, Stream } from 'node-av/lib';
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_S16P,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVFMT_FLAG_CUSTOM_IO,
} from 'node-av/constants';
import { NotSupportedError } from '../errors.js';
import { channelLayout } from './channel-layout.js';
import type { CompressedFileFormat } from './compressed-formats.js';
import { MemoryFile } from './memory-file.js';
import { bytesOf } from './native-samples.js';

/** Sound as an {@link AudioFileWriter} takes it. */
export interface WrittenSound {
  sampleRate: number;
  numberOfChannels: number;
  bitrate: number;
}

/** Writes one file of compressed sound to memory. Any of its methods may throw FFmpeg's error. */
export class AudioFileWriter {
  readonly #format: CompressedFileFormat;
  readonly #sound: WrittenSound;
  readonly #file: MemoryFile = new MemoryFile();
  readonly #io: IOContext;
  readonly #encoder: CodecContext = new CodecContext();
  readonly #muxer: FormatContext = new FormatContext();
  readonly #packet: Packet = new Packet();
  #stream: Stream | null = null;
  #position = 0;

  constructor(format: CompressedFileFormat, sound: WrittenSound) {
    this.#format = format;
    this.#sound = sound;
    this.#io = this.#file.open('write');
    this.#packet.alloc();
  }

  /** Opens encoder and container. @throws {NotSupportedError} when this FFmpeg lacks the encoder. */
  async open(): Promise<void> {
    const codec = Codec.findEncoderByName(this.#format.encoder);
    if (codec === null) {
      throw new NotSupportedError(`FFmpeg has no encoder ${this.#format.encoder}`, {
        code: 'no-encoder',
      });
    }
    const encoder = this.#encoder;
    const { sampleRate, numberOfChannels, bitrate } = this.#sound;
    encoder.allocContext3(codec);
    encoder.sampleRate = sampleRate;
    encoder.channelLayout = channelLayout(numberOfChannels);
    encoder.sampleFormat = this.#format.sampleFormat;
    encoder.bitRate = BigInt(bitrate);
    encoder.timeBase = new Rational(1, sampleRate);
    encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    FFmpegError.throwIfError(await encoder.open2(codec), 'open the encoder');
    const muxer = this.#muxer;
    const made = muxer.allocOutputContext2(null, this.#format.container, null);
    FFmpegError.throwIfError(made, 'make the container');
    muxer.pb = this.#io;
    muxer.setFlags(AVFMT_FLAG_CUSTOM_IO);
    this.#stream = muxer.newStream(codec);
    this.#stream.timeBase = encoder.timeBase;
    FFmpegError.throwIfError(this.#stream.codecpar.fromContext(encoder), 'describe the stream');
    FFmpegError.throwIfError(await muxer.writeHeader(), 'write the header');
  }

  /**
   * Writes all of the sound and ends the file.
   *
   * @param samples - Interleaved, at the rate and of the channels it was opened for.
   */
  async write(samples: Int16Array): Promise<Buffer> {
    const step = this.#encoder.frameSize * this.#sound.numberOfChannels;
    for (let start = 0; start < samples.length; start += step) {
      using frame = this.#frame(samples.subarray(start, start + step));
      FFmpegError.throwIfError(await this.#encoder.sendFrame(frame), 'encode');
      await this.#drain();
    }
    FFmpegError.throwIfError(await this.#encoder.sendFrame(null), 'encode');
    await this.#drain();
    FFmpegError.throwIfError(await this.#muxer.writeTrailer(), 'end the file');
    return Buffer.from(this.#file.bytes);
  }

  /** Frees everything; call it once, whatever happened. */
  close(): void {
    this.#packet.free();
    this.#encoder.freeContext();
    this.#muxer.pb = null;
    this.#muxer.freeContext();
    this.#io.freeContext();
  }

  #frame(samples: Int16Array): Frame {
    const { sampleRate, numberOfChannels } = this.#sound;
    const nbSamples = samples.length / numberOfChannels;
    const { sampleFormat } = this.#format;
    const planar = sampleFormat === AV_SAMPLE_FMT_S16P;
    const frame = Frame.fromAudioBuffer(
      bytesOf(planar ? separate(samples, numberOfChannels) : samples),
      {
        nbSamples,
        sampleRate,
        format: sampleFormat,
        channelLayout: channelLayout(numberOfChannels),
        timeBase: new Rational(1, sampleRate),
        pts: BigInt(this.#position),
      },
    );
    this.#position += nbSamples;
    return frame;
  }

  async #drain(): Promise<void> {
    const packet = this.#packet;
    const stream = this.#stream as Stream;
    for (;;) {
      const received = await this.#encoder.receivePacket(packet);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return;
      FFmpegError.throwIfError(received, 'encode');
      packet.streamIndex = stream.index;
      packet.rescaleTs(this.#encoder.timeBase, stream.timeBase);
      FFmpegError.throwIfError(await this.#muxer.writeFrame(packet), 'write');
      packet.unref();
    }
  }
}

/** One channel after the other. */
function separate(samples: Int16Array, channels: number): Int16Array {
  if (channels === 1) return samples;
  const frames = samples.length / channels;
  const planes = new Int16Array(samples.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < frames; i++) {
      planes[channel * frames + i] = samples[i * channels + channel] as number;
    }
  }
  return planes;
}
