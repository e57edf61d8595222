import { setTimeout as sleep } from 'node:timers/promises';
import { Codec, CodecContext, Dictionary, FFmpegError, Packet, Rational } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import {
  AV_CODEC_FLAG_LOW_DELAY,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AVCOL_PRI_BT709,
  AVCOL_TRC_BT709,
  AVERROR_EAGAIN,
  AVERROR_EOF,
} from 'node-av/constants';
import { EncodingError, NotSupportedError } from '../errors.js';
import type { FrameTime } from './encoder-clock.js';
import type { VideoEncoderConfig } from './encoder-config.js';
import { endlessGop } from './encoder-settings.js';
import type { EncoderSettings } from './encoder-settings.js';
import { recentFfmpegErrors } from './ffmpeg-log.js';
import { bt601 } from './frame-colors.js';
import { VaapiUpload } from './vaapi-upload.js';

/** One picture as FFmpeg's encoder gives it. */
export interface EncodedPicture {
  /** The time its frame was sent with. */
  time: number;
  key: boolean;
  data: Buffer;
}

/** Size and rates of the pictures an {@link EncoderContext} makes; both sides even. */
export type EncoderShape = Pick<VideoEncoderConfig, 'width' | 'height' | 'bitrate' | 'framerate'>;

/** How long a picture is waited for that an encoder makes on threads of its own, ms; it then comes with the next frame. */
const longestWaitMs = 100;

const microsecond: Rational = new Rational(1, 1_000_000);

/**
 * One open FFmpeg encoder. It must not be entered twice at a time, nor closed while at work: its owner
 * sees to that.
 */
export class EncoderContext {
  readonly #context: CodecContext;
  readonly #packet: Packet = new Packet();
  readonly #upload: VaapiUpload | null;
  readonly #settings: EncoderSettings;

  private constructor(
    context: CodecContext,
    upload: VaapiUpload | null,
    settings: EncoderSettings,
  ) {
    this.#context = context;
    this.#upload = upload;
    this.#settings = settings;
    this.#packet.alloc();
  }

  /**
   * @throws {NotSupportedError} when this FFmpeg lacks the encoder.
   * @throws {EncodingError} when it cannot be opened, with FFmpeg's reason.
   */
  static async open(settings: EncoderSettings, shape: EncoderShape): Promise<EncoderContext> {
    const codec = Codec.findEncoderByName(settings.encoder);
    if (codec === null) {
      throw new NotSupportedError(`FFmpeg has no encoder ${settings.encoder}`);
    }
    const since = Date.now();
    const context = new CodecContext();
    let upload: VaapiUpload | null = null;
    try {
      context.allocContext3(codec);
      configure(context, settings, shape);
      if (settings.vaapi) {
        upload = VaapiUpload.open(shape.width, shape.height);
        upload.attach(context);
      }
      using options = Dictionary.fromObject(settings.options);
      FFmpegError.throwIfError(await context.open2(codec, options), 'open the encoder');
      return new EncoderContext(context, upload, settings);
    } catch (cause) {
      context.freeContext();
      upload?.close();
      const said = (await recentFfmpegErrors(since)).at(-1) ?? (cause as Error).message;
      throw new EncodingError(`FFmpeg cannot open the encoder ${settings.encoder}: ${said}`, cause);
    }
  }

  /**
   * Changes the rates of a running encoder, where it obeys.
   *
   * @param pace - How much longer than planned frames take to come: each then gets as many more bits.
   */
  setBitrate(bitrate: number, pace: number): void {
    const { bufferSeconds } = this.#settings;
    setRates(this.#context, Math.round(bitrate * pace), Math.round(bitrate * bufferSeconds));
  }

  /**
   * Encodes one frame, which is the caller's and of the size and format it was opened for.
   *
   * @returns What came out, mostly one picture; in order.
   * @throws {FFmpegError} when FFmpeg refuses it.
   */
  async encode(
    frame: Frame,
    { time, duration }: FrameTime,
    key: boolean,
  ): Promise<EncodedPicture[]> {
    const uploaded = this.#upload === null ? null : await this.#upload.upload(frame);
    const input = uploaded ?? frame;
    try {
      input.timeBase = microsecond;
      input.pts = BigInt(time);
      input.duration = BigInt(duration);
      // FFmpeg gives libvpx the usual duration, whatever the frame's is.
      if (this.#settings.bitrateChange === 'time') {
        this.#context.framerate = new Rational(1_000_000, duration);
      }
      // A decoded frame carries its old type, which would force the same one again.
      input.pictType = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
      const pictures: EncodedPicture[] = [];
      let sent = await this.#context.sendFrame(input);
      if (sent === AVERROR_EAGAIN) {
        await this.#receive(pictures);
        sent = await this.#context.sendFrame(input);
      }
      FFmpegError.throwIfError(sent, 'encode a frame');
      await this.#receive(pictures);
      if (this.#settings.delivery === 'soon') await this.#await(pictures);
      return pictures;
    } finally {
      uploaded?.free();
    }
  }

  /** Frees it. */
  close(): void {
    this.#packet.free();
    this.#context.freeContext();
    this.#upload?.close();
  }

  /** Asks again and again until there is a picture: to block a thread for it would take that from others. */
  async #await(pictures: EncodedPicture[]): Promise<void> {
    const deadline = performance.now() + longestWaitMs;
    while (pictures.length === 0 && performance.now() < deadline) {
      await sleep(1);
      await this.#receive(pictures);
    }
  }

  async #receive(pictures: EncodedPicture[]): Promise<void> {
    for (;;) {
      // Where encoding is done, or not waited for, a picture only needs fetching, without another thread's help.
      const received =
        this.#settings.delivery === 'later'
          ? await this.#context.receivePacket(this.#packet)
          : this.#context.receivePacketSync(this.#packet);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return;
      FFmpegError.throwIfError(received, 'encode a frame');
      const { data, pts, isKeyframe } = this.#packet;
      if (data !== null && data.byteLength > 0) {
        pictures.push({ time: Number(pts), key: isKeyframe, data: Buffer.from(data) });
      }
      this.#packet.unref();
    }
  }
}

function configure(context: CodecContext, settings: EncoderSettings, shape: EncoderShape): void {
  context.width = shape.width;
  context.height = shape.height;
  context.pixelFormat = settings.pixelFormat;
  context.timeBase = microsecond;
  context.framerate = new Rational(Math.round(shape.framerate * 1000), 1000);
  context.gopSize = endlessGop;
  context.maxBFrames = 0;
  context.threadCount = settings.threads;
  context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
  context.colorSpace = bt601.colorSpace;
  context.colorRange = bt601.colorRange;
  context.colorPrimaries = AVCOL_PRI_BT709;
  context.colorTrc = AVCOL_TRC_BT709;
  setRates(context, shape.bitrate, Math.round(shape.bitrate * settings.bufferSeconds));
}

/** Least, most and aim are one: no more than asked for, and no less where there is something to see. */
function setRates(context: CodecContext, bitrate: number, bufferSize: number): void {
  context.bitRate = BigInt(bitrate);
  context.rcMaxRate = BigInt(bitrate);
  context.rcMinRate = BigInt(bitrate);
  context.rcBufferSize = bufferSize;
}
