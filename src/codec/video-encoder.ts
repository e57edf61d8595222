import { EncodingError, InvalidStateError } from '../errors.js';
import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import { EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import type { VideoFrame } from '../media/video-frame.js';
import { chooseEncoder } from './choose-encoder.js';
import { EncoderClock } from './encoder-clock.js';
import { checkBitrate, checkEncoderConfig } from './encoder-config.js';
import type { VideoEncoderConfig } from './encoder-config.js';
import { EncoderContext } from './encoder-context.js';
import type { EncodedPicture, EncoderShape } from './encoder-context.js';
import { EncoderInput, encodedSize } from './encoder-input.js';
import { inputFormat, softwareSettings } from './encoder-settings.js';
import type { EncoderSettings } from './encoder-settings.js';
import { Turns } from './turns.js';

export type { HardwareAcceleration, VideoEncoderConfig } from './encoder-config.js';

/** A change of the bit rate, as a factor, that makes a key frame of the wrong size. */
const worthRebasing = 1.25;
/** The farthest that an encoder's clock is bent, as a factor. */
const farthest = 8;
/** How much faster or slower than told frames come, as a factor, before one that spends bits by the frame starts anew for it. */
const worthRepacing = 1.5;
/** And not before so many such frames in a row: a pause of the source is no other pace. */
const framesToPace = 30;

/** Times of a frame on its way through the encoder. */
interface FrameTimes {
  timestamp: number;
  duration: number | null;
}

/**
 * Encodes frames for live viewing: one chunk per frame, no delay, key frames when asked for. H.264 is
 * constrained baseline in Annex B with its parameter sets before each key picture. All codecs carry
 * BT.601 in limited range, whatever the frames had.
 */
export class VideoEncoder {
  /** What it was made for; the bit rate may have changed since. */
  readonly config: Readonly<VideoEncoderConfig>;
  readonly #logger: Logger;
  readonly #input: EncoderInput = new EncoderInput();
  readonly #clock: EncoderClock<FrameTimes>;
  readonly #turns: Turns = new Turns();
  readonly #shape: EncoderShape;
  #settings: EncoderSettings;
  #hardware: boolean;
  #context: EncoderContext | null;
  /** What the open encoder was last told. */
  #told: { bitrate: number; pace: number };
  #framesOutOfPace = 0;
  #closing: Promise<void> | null = null;

  private constructor(
    config: VideoEncoderConfig,
    shape: EncoderShape,
    chosen: { settings: EncoderSettings; hardware: boolean },
    context: EncoderContext,
    logger: Logger,
  ) {
    this.config = { ...config };
    this.#shape = shape;
    this.#settings = chosen.settings;
    this.#hardware = chosen.hardware;
    this.#context = context;
    this.#told = { bitrate: shape.bitrate, pace: 1 };
    this.#clock = new EncoderClock(config.framerate);
    this.#logger = logger;
  }

  /**
   * Opens an encoder; whoever asked closes it.
   *
   * @param options.logger - Told which encoder runs and why hardware does not. Default: silent.
   * @throws {TypeError} or {RangeError} naming the field of `config`.
   * @throws {NotSupportedError} when this FFmpeg lacks the encoder.
   * @throws {EncodingError} when it cannot be opened, with FFmpeg's reason.
   */
  static async create(
    config: VideoEncoderConfig,
    options: { logger?: Logger } = {},
  ): Promise<VideoEncoder> {
    checkEncoderConfig(config);
    const logger = options.logger ?? silentLogger;
    const { bitrate, framerate } = config;
    const shape = { ...encodedSize(config.width, config.height), bitrate, framerate };
    const chosen = await chooseEncoder(config, shape, logger);
    const context = await EncoderContext.open(chosen.settings, shape);
    logger.debug({ ...shape, encoder: chosen.settings.encoder }, `opened ${config.codec} encoder`);
    return new VideoEncoder(config, shape, chosen, context, logger);
  }

  /** FFmpeg's name of the encoder that runs, e.g. `libvpx`. */
  get name(): string {
    return this.#settings.encoder;
  }

  /** True when it runs in hardware. */
  get hardware(): boolean {
    return this.#hardware;
  }

  /** True when another bit rate costs a new start, and a key frame. */
  get restarts(): boolean {
    return this.#settings.bitrateChange === 'restart';
  }

  /** Bits per second it aims for. */
  get bitrate(): number {
    return this.#shape.bitrate;
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /**
   * Encodes one frame; resolves when the encoder can take the next. Calls take turns.
   *
   * @param frame - Of the configured size, in any format. Stays the caller's, open until this resolves.
   *   Timestamps may come at any interval; one that does not rise is taken all the same.
   * @param options.keyFrame - The chunk can be decoded alone. Default `false`.
   * @returns One chunk (some hardware holds the first ones back, and AV1 may come with the next frame on a machine that is far too
   *   busy); `timestamp` equals the frame's.
   * @throws {TypeError} for a frame of another size.
   * @throws {InvalidStateError} after {@link close}, or for a closed frame.
   * @throws {EncodingError} when FFmpeg refuses the frame; `cause` is its error. The encoder can be
   *   used further; its next chunk is a key frame.
   */
  async encode(
    frame: VideoFrame,
    options: { keyFrame?: boolean } = {},
  ): Promise<EncodedVideoChunk[]> {
    this.#check(frame);
    return this.#turns.take(async () => {
      this.#check(frame);
      const pictures = await this.#run(frame, options.keyFrame ?? false);
      return pictures.map((picture) => this.#chunk(picture, frame));
    });
  }

  /**
   * Changes the bit rate from the next frame on. x264, libvpx and NVENC go on as they are, up to eight times more or less; SVT-AV1 and
   * other hardware start anew ({@link restarts}), and the next chunk is a key frame: do not do that every second.
   *
   * @throws {TypeError} or {RangeError} when it is no integer from 10,000 to 1,000,000,000.
   * @throws {InvalidStateError} after {@link close}.
   */
  setBitrate(bitrate: number): void {
    if (this.closed) throw new InvalidStateError('VideoEncoder is closed');
    checkBitrate(bitrate);
    this.#shape.bitrate = bitrate;
  }

  /** Frees the encoder once the frame at work is done; frames that wait are rejected. */
  close(): Promise<void> {
    this.#closing ??= this.#turns.take(() => {
      this.#drop();
      this.#input.close();
    });
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #check(frame: VideoFrame): void {
    if (this.closed) throw new InvalidStateError('VideoEncoder is closed');
    if (frame.closed) throw new InvalidStateError('VideoFrame is closed');
    const { width, height } = this.config;
    if (frame.codedWidth !== width || frame.codedHeight !== height) {
      const got = `${frame.codedWidth}x${frame.codedHeight}`;
      throw new TypeError(`frame: expected ${width}x${height}, got ${got}`);
    }
  }

  async #run(frame: VideoFrame, keyFrame: boolean): Promise<EncodedPicture[]> {
    const context = await this.#ready(keyFrame);
    try {
      const { timestamp, duration } = frame;
      using native = await this.#input.prepare(frame, inputFormat(this.#settings));
      const time = this.#clock.next(timestamp, { timestamp, duration });
      return await context.encode(native, time, keyFrame);
    } catch (cause) {
      // What state a refused frame leaves the encoder in is its own affair: start anew.
      this.#drop();
      throw new EncodingError(`${this.name} refused a frame: ${(cause as Error).message}`, cause);
    }
  }

  /** The open encoder at the wanted bit rate. */
  async #ready(keyFrame: boolean): Promise<EncoderContext> {
    const { bitrate } = this.#shape;
    if (this.#context !== null && this.#isToStartAnew(keyFrame)) this.#drop();
    if (this.#context === null) {
      const pace = this.restarts ? this.#clock.pace : 1;
      this.#context = await this.#reopen(pace);
      this.#told = { bitrate, pace };
      this.#framesOutOfPace = 0;
    }
    const { bitrateChange } = this.#settings;
    if (bitrateChange === 'live') this.#retune(this.#context);
    this.#clock.speed = bitrateChange === 'time' ? bitrate / this.#told.bitrate : 1;
    return this.#context;
  }

  #isToStartAnew(keyFrame: boolean): boolean {
    const { bitrateChange } = this.#settings;
    const change = factor(this.#shape.bitrate, this.#told.bitrate);
    if (bitrateChange === 'restart') return change !== 1 || this.#isOutOfPace();
    if (bitrateChange === 'live') return false;
    // One whose clock is made to run slowly makes key frames too large; where one is due, a new start costs nothing.
    return (keyFrame && change > worthRebasing) || change > farthest;
  }

  /** Each frame gets its part of the bits: with more or fewer frames than planned they are too many, or too few. */
  #isOutOfPace(): boolean {
    const isOut = factor(this.#clock.pace, this.#told.pace) > worthRepacing;
    this.#framesOutOfPace = isOut ? this.#framesOutOfPace + 1 : 0;
    return this.#framesOutOfPace >= framesToPace;
  }

  #retune(context: EncoderContext): void {
    const { bitrate } = this.#shape;
    const { pace } = this.#clock;
    const drift = Math.abs(pace / this.#told.pace - 1);
    if (bitrate === this.#told.bitrate && drift < 0.1) return;
    context.setBitrate(bitrate, pace);
    this.#told = { bitrate, pace };
  }

  /** @param pace - See `EncoderContext.setBitrate`. */
  async #reopen(pace: number): Promise<EncoderContext> {
    const { bitrate } = this.#shape;
    const shape = { ...this.#shape, bitrate: Math.round(bitrate * pace) };
    try {
      return await EncoderContext.open(this.#settings, shape);
    } catch (error) {
      if (!this.#hardware) throw error;
      this.#hardware = false;
      this.#settings = softwareSettings(this.config);
      this.#logger.warn({ err: error }, `hardware encoder lost, using ${this.name}`);
      return EncoderContext.open(this.#settings, this.#shape);
    }
  }

  #chunk({ time, key, data }: EncodedPicture, frame: FrameTimes): EncodedVideoChunk {
    const { timestamp, duration } = this.#clock.take(time) ?? frame;
    const type = key ? 'key' : 'delta';
    return new EncodedVideoChunk({ type, timestamp, duration: duration ?? undefined, data });
  }

  #drop(): void {
    this.#context?.close();
    this.#context = null;
  }
}

/** How far apart two figures are: 2 where one is twice the other. */
function factor(a: number, b: number): number {
  return Math.max(a / b, b / a);
}
