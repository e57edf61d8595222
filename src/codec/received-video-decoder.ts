import { CodecParameters, Packet, Rational } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import {
  AV_CODEC_ID_H264,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants';
import type { AVCodecID } from 'node-av/constants';
import { InvalidStateError } from '../errors.js';
import type { Logger } from '../logger.js';
import { receivableCodecNames } from '../media/encoded-video-chunk.js';
import type { EncodedVideoChunk, ReceivableCodecName } from '../media/encoded-video-chunk.js';
import type { VideoFrame } from '../media/video-frame.js';
import { checkAudioChoice } from './audio-checks.js';
import { wrapNativeFrame } from './native-frame.js';
import { Turns } from './turns.js';
import { VideoDecoder } from './video-decoder.js';

const codecIds: Record<ReceivableCodecName, AVCodecID> = {
  h264: AV_CODEC_ID_H264,
  vp8: AV_CODEC_ID_VP8,
  vp9: AV_CODEC_ID_VP9,
};

/** More pixels than a peer may send: a header of ten bytes must not make us allocate a gigabyte. */
const maxPixels = 4096 * 2304;

/** Decodes pictures as they come from the network: one chunk in, its picture out at once. */
export class ReceivedVideoDecoder {
  /** What it decodes. */
  readonly codec: ReceivableCodecName;
  readonly #decoder: VideoDecoder;
  readonly #turns: Turns = new Turns();
  readonly #packet: Packet = new Packet();
  #closing: Promise<void> | null = null;

  private constructor(codec: ReceivableCodecName, decoder: VideoDecoder) {
    this.codec = codec;
    this.#decoder = decoder;
    this.#packet.alloc();
  }

  /**
   * Opens a decoder; whoever asked closes it.
   *
   * @param options.logger - Told of damaged pictures, at `debug`. Default: silent.
   * @throws {TypeError} naming the codec.
   * @throws {NotSupportedError} when this FFmpeg has no decoder for it.
   * @throws {EncodingError} when it cannot be opened.
   */
  static async create(
    codec: ReceivableCodecName,
    options: { logger?: Logger } = {},
  ): Promise<ReceivedVideoDecoder> {
    checkAudioChoice('codec', codec, receivableCodecNames);
    const codecpar = new CodecParameters();
    try {
      codecpar.alloc();
      codecpar.codecType = AVMEDIA_TYPE_VIDEO;
      codecpar.codecId = codecIds[codec];
      const stream = { codecpar, timeBase: new Rational(1, 1_000_000) };
      const { logger } = options;
      const decoder = await VideoDecoder.open(stream, {
        logger,
        threads: 1,
        lowDelay: true,
        maxPixels,
      });
      return new ReceivedVideoDecoder(codec, decoder);
    } finally {
      codecpar.free();
    }
  }

  /** Chunks and pictures skipped for damage so far. */
  get errors(): number {
    return this.#decoder.errors;
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /**
   * Decodes one chunk. Calls take turns.
   *
   * @returns Its picture, with the chunk's timestamp; nothing when it is damaged or not to be shown. The
   *   caller closes it.
   * @throws {InvalidStateError} after {@link close}.
   */
  async decode(chunk: EncodedVideoChunk): Promise<VideoFrame[]> {
    if (this.closed) throw new InvalidStateError('ReceivedVideoDecoder is closed');
    // Nothing but an empty packet means the end of the stream to FFmpeg.
    if (chunk.byteLength === 0) return [];
    return this.#turns.take(async () => {
      const packet = this.#packet;
      packet.data = chunk.data;
      packet.pts = BigInt(Math.round(chunk.timestamp));
      packet.dts = packet.pts;
      packet.isKeyframe = chunk.type === 'key';
      try {
        const frames = await this.#decoder.decode(packet);
        return frames.map((frame) => wrap(frame, chunk));
      } finally {
        packet.unref();
      }
    });
  }

  /** Frees it once the chunk at work is done. A second call does nothing more. */
  close(): Promise<void> {
    this.#closing ??= this.#turns.take(async () => {
      await this.#decoder.close();
      this.#packet.free();
    });
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function wrap(frame: Frame, chunk: EncodedVideoChunk): VideoFrame {
  const { duration } = chunk;
  return wrapNativeFrame(frame, { timestamp: Number(frame.pts), duration });
}
