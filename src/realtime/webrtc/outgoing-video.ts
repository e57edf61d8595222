import { createPacketizer } from '../../codec/packetizer.js';
import type { Packetizer } from '../../codec/packetizer.js';
import { VideoEncoder } from '../../codec/video-encoder.js';
import type { Logger } from '../../logger.js';
import type { PacketizedVideoChunk, ReceivableCodecName } from '../../media/encoded-video-chunk.js';
import type { VideoFrame } from '../../media/video-frame.js';
import { LogLimit } from '../../util/log-limit.js';
import { BitrateControl } from './bitrate-control.js';
import { KeyFrameGate } from './key-frame-gate.js';

/** What an {@link OutgoingVideo} works with. */
export interface OutgoingVideoOptions {
  /** As negotiated. */
  readonly codec: ReceivableCodecName;
  /** Most bits a second. */
  readonly maxBitrate: number;
  /** Frames a second to plan for. */
  readonly framerate: number;
  /** Sends a picture. */
  readonly write: (picture: PacketizedVideoChunk) => void;
  readonly logger: Logger;
}

/** After an encoder failed, wait so long, in ms, before the next try. */
const reopenMs = 1000;
/** Pictures at work or waiting for it; whoever hands in more does not wait as it should. */
const maxWaiting = 2;

/** Pictures to one client: an encoder for their size, key frames as they are asked for, and a bit rate that fits. */
export class OutgoingVideo {
  readonly #options: OutgoingVideoOptions;
  readonly #packetizer: Packetizer;
  readonly #keyFrames: KeyFrameGate = new KeyFrameGate();
  readonly #bitrate: BitrateControl;
  readonly #limit: LogLimit;
  #encoder: VideoEncoder | null = null;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #retryAt = 0;
  #closed = false;

  constructor(options: OutgoingVideoOptions) {
    this.#options = options;
    this.#packetizer = createPacketizer(options.codec);
    this.#bitrate = new BitrateControl(options.maxBitrate);
    this.#limit = new LogLimit((suppressed, err) => {
      options.logger.error({ err, suppressed }, `${options.codec} encoder failed`);
    });
  }

  /** Bits a second it aims for now. */
  get bitrate(): number {
    return this.#bitrate.bitrate;
  }

  /** Encodes and sends a picture, and closes it; resolves when the next can be taken. Never rejects. */
  show(frame: VideoFrame): Promise<void> {
    if (this.#closed || this.#waiting >= maxWaiting) {
      frame.close();
      return this.#last;
    }
    this.#waiting += 1;
    this.#last = this.#last.then(async () => {
      try {
        if (!this.#closed) await this.#encode(frame);
      } catch (error) {
        await this.#recover(error);
      } finally {
        this.#waiting -= 1;
        frame.close();
      }
    });
    return this.#last;
  }

  /** The client lost its picture, or has none yet. */
  requestKeyFrame(): void {
    this.#keyFrames.request();
  }

  /** The client says how much it can take, in bits a second. */
  setBandwidth(bitsPerSecond: number): void {
    if (this.#bitrate.estimate(bitsPerSecond) && !this.#closed) {
      this.#options.logger.debug(`video to the client: ${this.#bitrate.bitrate} bit/s`);
      this.#encoder?.setBitrate(this.#bitrate.bitrate);
    }
  }

  /** Lets the picture in hand finish, then frees the encoder. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
    await this.#closeEncoder();
    this.#limit.close();
  }

  async #encode(frame: VideoFrame): Promise<void> {
    if (performance.now() < this.#retryAt) return;
    const encoder = await this.#encoderFor(frame);
    const chunks = await encoder.encode(frame, { keyFrame: this.#keyFrames.due });
    for (const chunk of chunks) {
      if (chunk.type === 'key') this.#keyFrames.sent();
      this.#bitrate.sent(chunk.byteLength);
      this.#options.write(this.#packetizer.packetize(chunk));
    }
  }

  async #encoderFor(frame: VideoFrame): Promise<VideoEncoder> {
    const { codedWidth: width, codedHeight: height } = frame;
    const config = this.#encoder?.config;
    if (this.#encoder !== null && config?.width === width && config.height === height) {
      return this.#encoder;
    }
    await this.#closeEncoder();
    const { codec, framerate, logger } = this.#options;
    const { bitrate } = this.#bitrate;
    this.#encoder = await VideoEncoder.create(
      { codec, width, height, bitrate, framerate, hardwareAcceleration: 'no-preference' },
      { logger },
    );
    return this.#encoder;
  }

  async #recover(error: unknown): Promise<void> {
    this.#limit.note(error);
    this.#retryAt = performance.now() + reopenMs;
    await this.#closeEncoder();
  }

  async #closeEncoder(): Promise<void> {
    const encoder = this.#encoder;
    this.#encoder = null;
    await encoder?.close();
  }
}
