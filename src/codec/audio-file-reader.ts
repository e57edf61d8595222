import {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  Frame,
  Packet,
} from 'node-av/lib';
import type { IOContext, Stream } from 'node-av/lib';
import type { AVSampleFormat } from 'node-av/constants';
import {
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVERROR_INVALIDDATA,
  AVFMT_FLAG_CUSTOM_IO,
  AVMEDIA_TYPE_AUDIO,
} from 'node-av/constants';
import { EncodingError, LimitExceededError, NotSupportedError } from '../errors.js';
import { AudioData } from '../media/audio-data.js';
import { readableContainers } from './audio-file-formats.js';
import { MemoryFile } from './memory-file.js';
import { ResampleContext } from './resample-context.js';

/** Damaged packets in a row after which a file is taken to be over. */
const maxDamaged = 1000;

/** Reads the first sound of one file in memory. Any of its methods may throw FFmpeg's error. */
export class AudioFileReader {
  readonly #io: IOContext;
  readonly #demuxer: FormatContext = new FormatContext();
  readonly #decoder: CodecContext = new CodecContext();
  readonly #packet: Packet = new Packet();
  readonly #frame: Frame = new Frame();
  readonly #parts: Int16Array[] = [];
  #resampler: ResampleContext | null = null;
  #sampleRate = 0;
  #channels = 0;
  #frames = 0;

  constructor(bytes: Uint8Array) {
    this.#io = new MemoryFile(bytes).open('read');
    this.#packet.alloc();
    this.#frame.alloc();
  }

  /**
   * @throws {LimitExceededError} when there is more than `maxDurationMs`, code `audio-too-long`.
   * @throws {NotSupportedError} when there is no sound in it, or of a kind that FFmpeg cannot decode.
   */
  async read(maxDurationMs: number): Promise<AudioData> {
    const stream = await this.#open();
    await this.#openDecoder(stream);
    for (let damaged = 0; damaged < maxDamaged;) {
      this.#packet.unref();
      const read = await this.#demuxer.readFrame(this.#packet);
      if (read === AVERROR_EOF) break;
      if (read < 0) damaged += 1;
      else if (this.#packet.streamIndex === stream.index) {
        damaged = (await this.#decode(this.#packet, maxDurationMs)) ? 0 : damaged + 1;
      }
    }
    await this.#decode(null, maxDurationMs);
    return this.#sound();
  }

  /** Frees everything; call it once, whatever happened. */
  async close(): Promise<void> {
    this.#resampler?.close();
    this.#frame.free();
    this.#packet.free();
    this.#decoder.freeContext();
    this.#demuxer.pb = null;
    await this.#demuxer.closeInput();
    this.#io.freeContext();
  }

  async #open(): Promise<Stream> {
    const demuxer = this.#demuxer;
    demuxer.allocContext();
    demuxer.pb = this.#io;
    demuxer.setFlags(AVFMT_FLAG_CUSTOM_IO);
    using options = Dictionary.fromObject({
      format_whitelist: readableContainers.join(','),
      protocol_whitelist: 'none',
    });
    FFmpegError.throwIfError(await demuxer.openInput('', null, options), 'read the container');
    FFmpegError.throwIfError(await demuxer.findStreamInfo(null), 'read the container');
    const index = demuxer.findBestStream(AVMEDIA_TYPE_AUDIO);
    const stream = demuxer.streams.find((candidate) => candidate.index === index);
    if (stream === undefined) {
      throw new NotSupportedError('there is no sound in this file', { code: 'no-audio' });
    }
    return stream;
  }

  async #openDecoder({ codecpar, timeBase }: Stream): Promise<void> {
    const codec = Codec.findDecoder(codecpar.codecId);
    if (codec === null) {
      throw new NotSupportedError(`FFmpeg has no decoder for audio codec ${codecpar.codecId}`, {
        code: 'no-decoder',
      });
    }
    const decoder = this.#decoder;
    decoder.allocContext3(codec);
    FFmpegError.throwIfError(decoder.parametersToContext(codecpar), 'set up the decoder');
    decoder.pktTimebase = timeBase;
    decoder.threadCount = 1;
    FFmpegError.throwIfError(await decoder.open2(codec), 'open the decoder');
  }

  /** False for damaged data. */
  async #decode(packet: Packet | null, maxDurationMs: number): Promise<boolean> {
    const sent = await this.#decoder.sendPacket(packet);
    for (let damaged = sent < 0 ? 1 : 0; ;) {
      const received = await this.#decoder.receiveFrame(this.#frame);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return damaged === 0;
      if (received === AVERROR_INVALIDDATA && damaged < maxDamaged) damaged += 1;
      else if (received < 0) return false;
      else this.#take(this.#frame, maxDurationMs);
      this.#frame.unref();
    }
  }

  #take(frame: Frame, maxDurationMs: number): void {
    const { channels: numberOfChannels, sampleRate, nbSamples, data } = frame;
    if (data === null || nbSamples === 0) return;
    if (numberOfChannels > 8) {
      throw new NotSupportedError(`${numberOfChannels} channels are more than 8`, {
        code: 'too-many-channels',
      });
    }
    if (this.#sampleRate === 0) {
      this.#sampleRate = sampleRate;
      this.#channels = numberOfChannels;
    }
    const shape = { format: frame.format as AVSampleFormat, sampleRate, numberOfChannels };
    if (this.#resampler?.takes(shape) === false) this.#endResampler();
    this.#resampler ??= new ResampleContext(shape, this.#output);
    this.#keep(this.#resampler.convert(data, nbSamples) as Int16Array);
    if (this.#frames > (maxDurationMs / 1000) * this.#sampleRate) {
      throw new LimitExceededError(`more than ${maxDurationMs} ms of sound`, {
        code: 'audio-too-long',
      });
    }
  }

  get #output(): { format: 's16'; sampleRate: number; numberOfChannels: number } {
    return { format: 's16', sampleRate: this.#sampleRate, numberOfChannels: this.#channels };
  }

  #keep(samples: Int16Array): void {
    this.#frames += samples.length / this.#channels;
    this.#parts.push(samples.slice());
  }

  #endResampler(): void {
    if (this.#resampler === null) return;
    this.#keep(this.#resampler.convert(null, 0) as Int16Array);
    this.#resampler.close();
    this.#resampler = null;
  }

  #sound(): AudioData {
    this.#endResampler();
    if (this.#frames === 0) throw new EncodingError('FFmpeg found no sound that it can decode');
    const data = new Int16Array(this.#frames * this.#channels);
    let at = 0;
    for (const part of this.#parts) {
      data.set(part, at);
      at += part.length;
    }
    return new AudioData({ ...this.#output, timestamp: 0, data });
  }
}
