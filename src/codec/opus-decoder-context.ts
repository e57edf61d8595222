import { Codec, CodecContext, FFmpegError, Frame, Packet } from 'node-av/lib';
import { AVERROR_EAGAIN, FF_DECODER_LIBOPUS } from 'node-av/constants';
import { EncodingError, NotSupportedError } from '../errors.js';
import { channelLayout } from './channel-layout.js';
import { int16Of } from './native-samples.js';
// Importing it takes stderr away from FFmpeg.
import './ffmpeg-log.js';

/** FFmpeg's libopus always decodes to this rate. */
export const decodedRate = 48_000;

/** A packet's first byte without its count of frames: one frame. */
const oneFrame = 0b1111_1100;

/** One open libopus decoder: a packet in, its samples out. */
export class OpusDecoderContext {
  readonly #context: CodecContext;
  readonly #frame: Frame = new Frame();
  readonly #packet: Packet = new Packet();

  private constructor(context: CodecContext) {
    this.#context = context;
    this.#frame.alloc();
    this.#packet.alloc();
  }

  /**
   * @throws {NotSupportedError} when this FFmpeg lacks libopus, code `no-decoder`.
   * @throws {EncodingError} when it cannot be opened; `cause` is FFmpeg's error.
   */
  static open(numberOfChannels: number): OpusDecoderContext {
    // FFmpeg's own Opus decoder makes nothing up for lost packets.
    const codec = Codec.findDecoderByName(FF_DECODER_LIBOPUS);
    if (codec === null) {
      throw new NotSupportedError('FFmpeg has no decoder libopus', { code: 'no-decoder' });
    }
    const context = new CodecContext();
    try {
      context.allocContext3(codec);
      context.sampleRate = decodedRate;
      context.channelLayout = channelLayout(numberOfChannels);
      FFmpegError.throwIfError(context.setOption('request_sample_fmt', 's16'), 'ask for s16');
      FFmpegError.throwIfError(context.open2Sync(codec), 'open the decoder');
    } catch (cause) {
      context.freeContext();
      throw new EncodingError('FFmpeg cannot open the decoder libopus', cause);
    }
    return new OpusDecoderContext(context);
  }

  /**
   * @param data - One packet, not empty.
   * @returns Interleaved samples; `null` for damaged data.
   */
  decode(data: Buffer): Int16Array | null {
    const packet = this.#packet;
    packet.data = data;
    const sent = this.#context.sendPacketSync(packet);
    packet.unref();
    const received = this.#context.receiveFrameSync(this.#frame);
    if (received < 0) {
      if (received !== AVERROR_EAGAIN || sent < 0) this.#context.flushBuffers();
      return null;
    }
    const bytes = this.#frame.toBuffer();
    this.#frame.unref();
    return int16Of(bytes);
  }

  /**
   * What libopus makes up for one lost frame. FFmpeg has no call for it, but a packet that is nothing but
   * its first byte means a frame that was not sent (RFC 6716, section 3.1 and 4.4).
   *
   * @param toc - First byte of a packet like the lost one.
   */
  conceal(toc: number): Int16Array | null {
    return this.decode(Buffer.of(toc & oneFrame));
  }

  /** Frees it. */
  close(): void {
    this.#packet.free();
    this.#frame.free();
    this.#context.freeContext();
  }
}
