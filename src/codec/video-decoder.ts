import { availableParallelism } from 'node:os';
import { Codec, CodecContext, FFmpegError, Frame, HardwareDeviceContext } from 'node-av/lib';
import type { CodecParameters, Packet, Rational } from 'node-av/lib';
import {
  AV_FRAME_FLAG_CORRUPT,
  AVERROR_EAGAIN,
  AVERROR_ENOMEM,
  AVERROR_EOF,
  FF_THREAD_FRAME,
  FF_THREAD_SLICE,
} from 'node-av/constants';
import type { AVCodecID, AVHWDeviceType, FFDecoderCodec } from 'node-av/constants';
import { EncodingError, InvalidStateError, NotSupportedError } from '../errors.js';
import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import type { HardwareDecoder } from './hardware-decoders.js';
import { Turns } from './turns.js';

/** Settings of a {@link VideoDecoder}. */
export interface VideoDecoderOptions {
  /** Told of damaged packets, at `debug`. Default: silent. */
  logger?: Logger;
  /**
   * Threads to decode with. Default: 1 up to 1280x720, else as many as there are cores, at most 4.
   */
  threads?: number;
  /**
   * True for live sources: threads share one picture instead of each holding a picture back.
   * Default `false`.
   */
  lowDelay?: boolean;
  /** Larger pictures are refused, and counted as damage. Default: FFmpeg's limit, 2 thousand million. */
  maxPixels?: number;
  /** What to decode with, if not in software. */
  hardware?: HardwareDecoder;
}

/** What {@link VideoDecoder.open} needs of an FFmpeg stream. */
export interface DecodableStream {
  /** Codec, sizes, extradata. */
  readonly codecpar: CodecParameters;
  /** Unit of the packets' times. */
  readonly timeBase: Rational;
}

/**
 * Damaged pictures in a row that are withheld in the hope of a better one. A stream that brings
 * nothing else is shown as it is.
 */
const maxWithheld = 30;

/**
 * Decodes the packets of one video stream into FFmpeg frames. Damage costs the picture it is in:
 * it is counted and skipped, never thrown.
 */
export class VideoDecoder {
  readonly #context: CodecContext;
  readonly #timeBase: Rational;
  readonly #logger: Logger;
  readonly #turns: Turns = new Turns();
  readonly #device: HardwareDeviceContext | null;
  #spare: Frame | null = null;
  #closing: Promise<void> | null = null;
  #errors = 0;
  #withheld = 0;

  private constructor(
    context: CodecContext,
    device: HardwareDeviceContext | null,
    timeBase: Rational,
    logger: Logger,
  ) {
    this.#context = context;
    this.#device = device;
    this.#timeBase = timeBase;
    this.#logger = logger;
  }

  /**
   * Opens a decoder for a demuxer's stream; the stream may be closed before the decoder.
   *
   * @throws {RangeError} when `threads` is no integer from 1 to 64.
   * @throws {NotSupportedError} when this FFmpeg has no decoder for the codec, code `no-decoder`.
   * @throws {EncodingError} when FFmpeg cannot open it; `cause` is its error.
   */
  static async open(
    stream: DecodableStream,
    options: VideoDecoderOptions = {},
  ): Promise<VideoDecoder> {
    const { codecpar, timeBase } = stream;
    const threads = options.threads ?? defaultThreads(codecpar.width, codecpar.height);
    if (!Number.isInteger(threads) || threads < 1 || threads > 64) {
      throw new RangeError(`threads: expected an integer from 1 to 64, got ${threads}`);
    }
    const { hardware } = options;
    const codec = findDecoder(codecpar.codecId, hardware);
    if (codec === null) {
      throw new NotSupportedError(`FFmpeg has no decoder for video codec ${codecpar.codecId}`, {
        code: 'no-decoder',
      });
    }
    const context = new CodecContext();
    let device: HardwareDeviceContext | null = null;
    try {
      context.allocContext3(codec);
      FFmpegError.throwIfError(context.parametersToContext(codecpar), 'set up the decoder');
      context.pktTimebase = timeBase;
      context.threadCount = hardware === undefined ? threads : 1;
      if (hardware?.device) {
        device = openDevice(hardware.device.type);
        context.hwDeviceCtx = device;
        context.setHardwarePixelFormat(hardware.device.pixelFormat);
      }
      context.threadType = options.lowDelay ? FF_THREAD_SLICE : FF_THREAD_FRAME;
      if (options.maxPixels !== undefined) {
        const limited = context.setOption('max_pixels', String(options.maxPixels));
        FFmpegError.throwIfError(limited, 'limit the picture');
      }
      FFmpegError.throwIfError(await context.open2(codec), 'open the decoder');
    } catch (cause) {
      context.freeContext();
      device?.free();
      throw new EncodingError(`FFmpeg cannot open the decoder ${codec.name ?? '?'}`, cause);
    }
    return new VideoDecoder(context, device, timeBase, options.logger ?? silentLogger);
  }

  /** Packets and pictures skipped for damage so far. */
  get errors(): number {
    return this.#errors;
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /**
   * Decodes one packet, which stays the caller's and must stay untouched until this resolves.
   *
   * @returns The pictures that are complete by now, in presentation order, none or several; the
   *   caller frees them. Their `timeBase` is the stream's.
   * @throws {InvalidStateError} after {@link close}.
   * @throws {EncodingError} when FFmpeg is out of memory; never for bad data.
   */
  decode(packet: Packet): Promise<Frame[]> {
    return this.#take(async () => {
      const frames: Frame[] = [];
      let sent = await this.#context.sendPacket(packet);
      if (sent === AVERROR_EAGAIN) {
        await this.#drain(frames);
        sent = await this.#context.sendPacket(packet);
      }
      if (sent < 0) this.#damage(sent, frames);
      await this.#drain(frames);
      return frames;
    });
  }

  /** The pictures still held back, at the end of a stream; the decoder then takes a new start. */
  flush(): Promise<Frame[]> {
    return this.#take(async () => {
      const frames: Frame[] = [];
      await this.#context.sendPacket(null);
      await this.#drain(frames);
      this.#context.flushBuffers();
      return frames;
    });
  }

  /** Frees the decoder once the packet at work is done. A second call does nothing more. */
  close(): Promise<void> {
    this.#closing ??= this.#turns.take(() => {
      this.#spare?.free();
      this.#spare = null;
      this.#context.freeContext();
      this.#device?.free();
    });
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #take(work: () => Promise<Frame[]>): Promise<Frame[]> {
    if (this.closed) throw new InvalidStateError('VideoDecoder is closed');
    return this.#turns.take(work);
  }

  async #drain(frames: Frame[]): Promise<void> {
    const patience = this.#errors + maxWithheld;
    while (this.#errors <= patience) {
      const frame = this.#takeSpare();
      const received = await this.#context.receiveFrame(frame);
      if (received >= 0) {
        const picture = await this.#download(frame);
        if (picture !== null) this.#deliver(picture, frames);
        continue;
      }
      this.#spare = frame;
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return;
      // A damaged picture leaves the queue with its error, so the next round goes on behind it.
      this.#damage(received, frames);
    }
  }

  /** The picture in main memory; `null`, counted as damage, when it cannot be brought there. */
  async #download(frame: Frame): Promise<Frame | null> {
    if (this.#device === null || !frame.isHwFrame()) return frame;
    const picture = new Frame();
    picture.alloc();
    const moved = await frame.hwframeTransferData(picture);
    const copied = moved < 0 ? moved : picture.copyProps(frame);
    frame.unref();
    this.#spare = frame;
    if (copied >= 0) return picture;
    picture.free();
    this.#damage(copied, []);
    return null;
  }

  #deliver(frame: Frame, frames: Frame[]): void {
    const damaged = frame.decodeErrorFlags !== 0 || frame.hasFlags(AV_FRAME_FLAG_CORRUPT);
    if (damaged) this.#errors += 1;
    if (damaged && this.#withheld < maxWithheld) {
      this.#withheld += 1;
      frame.unref();
      this.#spare = frame;
      return;
    }
    if (!damaged) this.#withheld = 0;
    frame.timeBase = this.#timeBase;
    frames.push(frame);
  }

  #damage(code: number, frames: Frame[]): void {
    const error = FFmpegError.fromCode(code);
    if (code === AVERROR_ENOMEM) {
      for (const frame of frames.splice(0)) frame.free();
      throw new EncodingError('FFmpeg could not decode: out of memory', error);
    }
    this.#errors += 1;
    this.#logger.debug({ errors: this.#errors }, `skipped damaged video data: ${error?.message}`);
  }

  #takeSpare(): Frame {
    const spare = this.#spare;
    this.#spare = null;
    if (spare !== null) return spare;
    const frame = new Frame();
    frame.alloc();
    return frame;
  }
}

function findDecoder(codecId: AVCodecID, hardware: HardwareDecoder | undefined): Codec | null {
  const name = hardware?.decoder ?? null;
  return name === null
    ? Codec.findDecoder(codecId)
    : Codec.findDecoderByName(name as FFDecoderCodec);
}

function openDevice(type: AVHWDeviceType): HardwareDeviceContext {
  const device = new HardwareDeviceContext();
  const created = device.create(type);
  if (created < 0) {
    device.free();
    FFmpegError.throwIfError(created, 'open the device');
  }
  return device;
}

function defaultThreads(width: number, height: number): number {
  return width * height <= 1280 * 720 ? 1 : Math.min(4, availableParallelism());
}
