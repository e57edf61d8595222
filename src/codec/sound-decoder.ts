import { Codec, CodecContext, FFmpegError, Frame } from 'node-av/lib';
import type { ChannelLayout, Packet } from 'node-av/lib';
import {
  AV_CHANNEL_ORDER_NATIVE,
  AV_NOPTS_VALUE,
  AV_SAMPLE_FMT_S64,
  AV_SAMPLE_FMT_U8P,
  AVERROR_EAGAIN,
} from 'node-av/constants';
import type { AVSampleFormat } from 'node-av/constants';
import { EncodingError, NotSupportedError } from '../errors.js';
import { ResampleContext } from './resample-context.js';
import type { DecodableStream } from './video-decoder.js';
// Importing it takes stderr away from FFmpeg.
import './ffmpeg-log.js';

/** A piece of decoded sound: interleaved 16-bit samples. */
export interface DecodedSound {
  /** When it is heard, in the stream's time base; `null` when the stream does not say. */
  time: number | null;
  samples: Int16Array;
  sampleRate: number;
  /** 1 or 2. */
  numberOfChannels: number;
}

/**
 * Decodes one sound stream of an input at its own rate; more than two channels are mixed down to stereo. At once: a
 * packet of AAC costs 0.1 ms, which is less than the way to another thread. What a container tells to leave out at the
 * beginning (priming) is left out. Damage is counted, never thrown.
 */
export class SoundDecoder {
  readonly #context: CodecContext;
  readonly #frame: Frame = new Frame();
  #mixer: ResampleContext | null = null;
  #errors = 0;
  #closed = false;

  private constructor(context: CodecContext) {
    this.#context = context;
    this.#frame.alloc();
  }

  /**
   * Opens a decoder for a demuxer's stream; whoever asked closes it.
   *
   * @throws {NotSupportedError} when this FFmpeg has no decoder for the codec, code `no-decoder`.
   * @throws {EncodingError} when it cannot be opened; `cause` is FFmpeg's error.
   */
  static open({ codecpar, timeBase }: DecodableStream): SoundDecoder {
    const codec = Codec.findDecoder(codecpar.codecId);
    if (codec === null) {
      throw new NotSupportedError(`FFmpeg has no decoder for audio codec ${codecpar.codecId}`, {
        code: 'no-decoder',
      });
    }
    const context = new CodecContext();
    try {
      context.allocContext3(codec);
      FFmpegError.throwIfError(context.parametersToContext(codecpar), 'set up the decoder');
      // Without it FFmpeg cannot leave the priming samples out.
      context.pktTimebase = timeBase;
      context.threadCount = 1;
      FFmpegError.throwIfError(context.open2Sync(codec), 'open the decoder');
    } catch (cause) {
      context.freeContext();
      throw new EncodingError(`FFmpeg cannot open the decoder ${codec.name ?? '?'}`, cause);
    }
    return new SoundDecoder(context);
  }

  /** Damaged packets so far. */
  get errors(): number {
    return this.#errors;
  }

  /**
   * Decodes one packet, which stays the caller's.
   *
   * @param packet - `null` for what is held back at the end of the stream.
   * @returns None or several pieces, in order.
   */
  decode(packet: Packet | null): DecodedSound[] {
    const pieces: DecodedSound[] = [];
    if (this.#closed) return pieces;
    if (this.#context.sendPacketSync(packet) < 0 && packet !== null) this.#errors += 1;
    for (;;) {
      const received = this.#context.receiveFrameSync(this.#frame);
      if (received < 0) {
        // All that is left to say at the end of the stream is that it has ended.
        if (packet === null) this.#context.flushBuffers();
        else if (received !== AVERROR_EAGAIN) this.#errors += 1;
        return pieces;
      }
      const piece = this.#piece(this.#frame);
      this.#frame.unref();
      if (piece !== null) pieces.push(piece);
    }
  }

  /** Frees it. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#mixer?.close();
    this.#frame.free();
    this.#context.freeContext();
  }

  #piece(frame: Frame): DecodedSound | null {
    const { channels, sampleRate, nbSamples, pts } = frame;
    if (nbSamples === 0 || channels === 0 || sampleRate === 0) return null;
    const numberOfChannels = Math.min(channels, 2);
    const samples = this.#mix(frame, { sampleRate, numberOfChannels });
    const time = pts === AV_NOPTS_VALUE ? null : Number(pts);
    return { time, samples, sampleRate, numberOfChannels };
  }

  #mix(frame: Frame, output: { sampleRate: number; numberOfChannels: number }): Int16Array {
    const { channels: numberOfChannels, sampleRate } = frame;
    const format = frame.format as AVSampleFormat;
    const shape = { format, sampleRate, numberOfChannels, ...layoutOf(frame.channelLayout) };
    if (this.#mixer?.takes(shape) !== true) {
      this.#mixer?.close();
      this.#mixer = new ResampleContext(shape, { format: 's16', ...output });
    }
    return this.#mixer.convert(planesOf(frame), frame.nbSamples).slice() as Int16Array;
  }
}

/** Not `frame.data`: each call of that is counted as memory that V8 should free. */
function planesOf(frame: Frame): Buffer[] {
  const bytes = frame.toBuffer();
  if (frame.format < AV_SAMPLE_FMT_U8P || frame.format === AV_SAMPLE_FMT_S64) return [bytes];
  const size = bytes.byteLength / frame.channels;
  return Array.from({ length: frame.channels }, (_, channel) =>
    bytes.subarray(channel * size, (channel + 1) * size),
  );
}

/** What a stream says of its channels, where it says it in a way that can be mixed. */
function layoutOf(layout: ChannelLayout): { layout?: ChannelLayout } {
  const stated = layout.order === AV_CHANNEL_ORDER_NATIVE && (layout.mask ?? 0n) !== 0n;
  return stated ? { layout } : {};
}
