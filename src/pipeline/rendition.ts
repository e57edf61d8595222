import { createPacketizer } from '../codec/packetizer.js';
import type { Packetizer } from '../codec/packetizer.js';
import { VideoEncoder } from '../codec/video-encoder.js';
import type { VideoEncoderConfig } from '../codec/video-encoder.js';
import type { Logger } from '../logger.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { VideoFrame } from '../media/video-frame.js';
import { LogLimit } from '../util/log-limit.js';
import { BitrateFollower } from './bitrate-follower.js';
import { KeyFramePolicy } from './key-frame-policy.js';
import type { KeyFrameReason } from './key-frame-policy.js';
import type { EncodedLevel, PictureSize } from './ladder.js';
import type { LeveledPicture } from './leveled-picture.js';
import { Mailbox } from './mailbox.js';
import { RenditionHolders } from './rendition-holders.js';
import type { RenditionHolder } from './rendition-holders.js';
import { RenditionMeter } from './rendition-stats.js';
import type { RenditionStats } from './rendition-stats.js';

/** Encoder settings that do not follow from the picture. */
export interface RenditionOptions {
  /** Frames per second to plan for; asked when an encoder is opened, by when the source is known. */
  framerate: () => number;
  hardwareAcceleration: VideoEncoderConfig['hardwareAcceleration'];
  /** Whether other threads send the pictures: they read them where they are. Default `false`. */
  sharedMemory?: boolean;
  logger: Logger;
}

/** A picture to encode, and when it is shown, µs: a repeated one has another time than its own. */
interface Offer {
  picture: LeveledPicture;
  timestamp: number;
}

/** After an encoder has failed twice running, wait so long, in ms, before the next try. */
const reopenMs = 1000;
/** The best of many viewers' limits is looked for at most this often, ms. */
const limitsMs = 200;

/**
 * One encoding of a stream: encodes each picture once and hands it to each sink that one of its viewers
 * shares. Owned by `Renditions`, which closes it after the last viewer.
 */
export class Rendition {
  readonly codec: VideoCodecName;
  readonly level: EncodedLevel;
  /** Who takes it; pictures are worth encoding only while it is watched. */
  readonly holders: RenditionHolders;
  readonly #options: RenditionOptions;
  readonly #mailbox = new Mailbox<Offer>(({ picture }) => picture.release());
  readonly #policy = new KeyFramePolicy();
  readonly #follower = new BitrateFollower();
  readonly #meter = new RenditionMeter();
  readonly #packetizer: Packetizer;
  readonly #errorLog: LogLimit;
  readonly #running: Promise<void>;
  #info: RenditionInfo;
  #encoder: VideoEncoder | null = null;
  #opening: Promise<void> | null = null;
  #failures = 0;
  #retryAt = 0;
  #wanted: number | null = null;
  #wantedAt = -Infinity;

  /** @param info - Of a level that is encoded. */
  constructor(info: RenditionInfo, options: RenditionOptions) {
    this.codec = info.codec;
    this.level = info.level as EncodedLevel;
    this.#info = info;
    this.#options = options;
    this.#packetizer = createPacketizer(this.codec, {
      sharedMemory: options.sharedMemory ?? false,
    });
    this.#errorLog = new LogLimit((suppressed, error) => {
      options.logger.error(
        { err: error, suppressed },
        `${info.id}: a picture could not be encoded`,
      );
    });
    this.holders = new RenditionHolders({
      activated: (first) => this.#activated(first),
      removed: (holder) => this.#removed(holder),
    });
    this.#running = this.#run();
  }

  /** Names it within its stream. */
  get id(): string {
    return this.#info.id;
  }

  /** Its bit rates may change with the size of the pictures. */
  set info(info: RenditionInfo) {
    this.#info = info;
  }

  /** Ms until the next picture should be a key frame; `Infinity` when no viewer waits for one. */
  get keyFrameInMs(): number {
    return this.#policy.dueInMs;
  }

  /**
   * Opens the encoder for pictures of this size, before the first one comes: that takes 10 to 50 ms. Does nothing where one
   * is open.
   */
  prepare({ width, height }: PictureSize): void {
    if (this.#encoder !== null || this.#opening !== null) return;
    const bitrate = this.#follower.follow(this.#bestLimit(), this.#info);
    // Where it fails it is tried again with the first picture, and reported then.
    this.#reopen({ codedWidth: width, codedHeight: height }, bitrate).catch(() => undefined);
  }

  /** Notes that a viewer needs a key frame. */
  requestKeyFrame(reason: KeyFrameReason, { viewer }: RenditionHolder): void {
    this.#policy.request(reason, viewer);
  }

  /** Encodes this picture next, in place of one that still waits. Takes a hold of its own. */
  offer(picture: LeveledPicture, timestamp: number): void {
    this.#mailbox.put({ picture: picture.retain(), timestamp });
  }

  /** A copy of the figures. */
  stats(): RenditionStats {
    const { id, level } = this.#info;
    const config = this.#encoder?.config;
    return {
      id,
      codec: this.codec,
      level,
      width: config?.width ?? 0,
      height: config?.height ?? 0,
      encoder: this.#encoder?.name ?? null,
      viewers: this.holders.size,
      targetBitrate: this.#encoder?.bitrate ?? 0,
      ...this.#meter.read(this.#mailbox.replaced),
    };
  }

  /** Lets the picture in hand finish, then frees the encoder. */
  async close(): Promise<void> {
    this.#mailbox.close();
    this.holders.clear();
    await this.#running;
    this.#errorLog.close();
  }

  #activated(first: boolean): void {
    if (first) this.#policy.restart();
    this.#follower.restart();
    this.#wantedAt = -Infinity;
  }

  #removed({ viewer }: RenditionHolder): void {
    this.#policy.forget(viewer);
    if (!this.holders.watched) this.#mailbox.clear();
  }

  async #run(): Promise<void> {
    for (;;) {
      const offer = await this.#mailbox.take();
      if (offer === null) break;
      try {
        await this.#encode(offer);
      } catch (error) {
        await this.#failed(error);
      } finally {
        offer.picture.release();
      }
    }
    await this.#opening;
    await this.#closeEncoder();
  }

  async #encode(offer: Offer): Promise<void> {
    if (performance.now() < this.#retryAt) {
      this.#meter.lost(false);
      return;
    }
    using frame = await this.#scaled(offer);
    if (frame === null) return;
    const costly = this.#encoder?.restarts;
    const bitrate = this.#follower.follow(this.#bestLimit(), this.#info, costly);
    const encoder = await this.#encoderFor(frame, bitrate);
    if (encoder.bitrate !== bitrate) encoder.setBitrate(bitrate);
    const start = performance.now();
    const chunks = await encoder.encode(frame, { keyFrame: this.#policy.due });
    const tookMs = performance.now() - start;
    this.#failures = 0;
    for (const chunk of chunks) {
      if (chunk.type === 'key') this.#policy.sent();
      const packetized = this.#packetizer.packetize(chunk);
      for (const sink of this.holders.sinks) sink.write(this.#info, packetized);
      this.#meter.sent(chunk, tookMs);
    }
  }

  /** The picture in this rendition's size; `null` for one that cannot be scaled, which is not the encoder's fault. */
  async #scaled({ picture, timestamp }: Offer): Promise<VideoFrame | null> {
    try {
      return (await picture.at(this.level)).clone({ timestamp });
    } catch (error) {
      this.#meter.lost(true);
      this.#errorLog.note(error);
      return null;
    }
  }

  /** One failure costs one picture: the next is tried with a new encoder, and is a key frame. */
  async #failed(error: unknown): Promise<void> {
    this.#meter.lost(true);
    this.#errorLog.note(error);
    this.#failures += 1;
    if (this.#failures > 1) this.#retryAt = performance.now() + reopenMs;
    await this.#closeEncoder();
  }

  /** What the best link among the viewers bears; `null` when one is not known to be limited. */
  #bestLimit(): number | null {
    const now = performance.now();
    if (now - this.#wantedAt < limitsMs) return this.#wanted;
    this.#wantedAt = now;
    this.#wanted = null;
    for (const { isReady, bitrateLimit } of this.holders) {
      if (!isReady) continue;
      if (bitrateLimit === null) return (this.#wanted = null);
      this.#wanted = Math.max(this.#wanted ?? 0, bitrateLimit);
    }
    return this.#wanted;
  }

  async #encoderFor(frame: VideoFrame, bitrate: number): Promise<VideoEncoder> {
    if (this.#opening !== null) await this.#opening;
    const { codedWidth, codedHeight } = frame;
    const open = this.#encoder;
    if (open?.config.width === codedWidth && open.config.height === codedHeight) return open;
    return this.#reopen(frame, bitrate);
  }

  /** Opens an encoder in place of the one that is open; noted at once, for a second one meanwhile would never be closed. */
  #reopen(
    size: Pick<VideoFrame, 'codedWidth' | 'codedHeight'>,
    bitrate: number,
  ): Promise<VideoEncoder> {
    const opened = this.#closeEncoder().then(() => this.#open(size, bitrate));
    const done = (): void => void (this.#opening = null);
    this.#opening = opened.then(done, done);
    return opened;
  }

  async #open(
    { codedWidth: width, codedHeight: height }: Pick<VideoFrame, 'codedWidth' | 'codedHeight'>,
    bitrate: number,
  ): Promise<VideoEncoder> {
    const { framerate, hardwareAcceleration, logger } = this.#options;
    const config = { codec: this.codec, width, height, bitrate, hardwareAcceleration };
    const encoder = await VideoEncoder.create({ ...config, framerate: framerate() }, { logger });
    this.#encoder = encoder;
    logger.debug(`${this.id}: ${encoder.name} encodes ${width}x${height} at ${bitrate} bit/s`);
    return encoder;
  }

  async #closeEncoder(): Promise<void> {
    const encoder = this.#encoder;
    this.#encoder = null;
    await encoder?.close();
  }
}
