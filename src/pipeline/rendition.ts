import { createPacketizer } from '../codec/packetizer.js';
import type { Packetizer } from '../codec/packetizer.js';
import { VideoEncoder } from '../codec/video-encoder.js';
import type { VideoEncoderConfig } from '../codec/video-encoder.js';
import type { Logger } from '../logger.js';
import type { EncodableCodecName, PacketizedVideoChunk } from '../media/encoded-video-chunk.js';
import type { VideoFrame } from '../media/video-frame.js';
import { LogLimit } from '../util/log-limit.js';
import { KeyFramePolicy } from './key-frame-policy.js';
import type { KeyFrameReason } from './key-frame-policy.js';
import { Mailbox } from './mailbox.js';

/** Takes a stream's encoded pictures: one viewer. */
export interface ChunkSink {
  /** Takes one picture, or drops it; must return at once and must not throw. */
  write(chunk: PacketizedVideoChunk): void;
  /** The stream is over, and the viewer has seen its end. */
  end?(reason: string): void;
}

/** What the encoder of one codec has done so far. */
export interface RenditionStats {
  /** What it encodes to. */
  codec: EncodableCodecName;
  /** FFmpeg's name of the encoder that runs, `null` before the first picture. */
  encoder: string | null;
  /** Who takes it now. */
  viewers: number;
  /** Pictures encoded. */
  framesEncoded: number;
  /** Key frames among them. */
  keyFramesEncoded: number;
  /** Pictures replaced by newer ones because the encoder was still busy. */
  framesDropped: number;
  /** Size of all pictures together. */
  bytes: number;
  /** Failures of the encoder. */
  errors: number;
  /** Mean time to encode a picture, ms. */
  encodeMs: number;
}

/** Encoder settings that do not follow from the picture. */
export interface RenditionOptions {
  bitrate: number;
  /** Frames per second to plan for; asked when an encoder is opened, by when the source is known. */
  framerate: () => number;
  hardwareAcceleration: VideoEncoderConfig['hardwareAcceleration'];
  logger: Logger;
}

/** After an encoder could not be opened, wait so long, in ms, before the next try. */
const reopenMs = 1000;

/**
 * One codec of a stream: encodes each picture once and hands it to all viewers of that codec. Owned
 * by the pipeline, which closes it after the last viewer.
 */
export class Rendition {
  readonly codec: EncodableCodecName;
  readonly #options: RenditionOptions;
  readonly #sinks = new Set<ChunkSink>();
  readonly #mailbox = new Mailbox<VideoFrame>((frame) => frame.close());
  readonly #policy = new KeyFramePolicy();
  readonly #packetizer: Packetizer;
  readonly #limit: LogLimit;
  readonly #stats = { frames: 0, keyFrames: 0, bytes: 0, errors: 0, totalMs: 0 };
  readonly #running: Promise<void>;
  #encoder: VideoEncoder | null = null;
  #size = '';
  #retryAt = 0;

  constructor(codec: EncodableCodecName, options: RenditionOptions) {
    this.codec = codec;
    this.#options = options;
    this.#packetizer = createPacketizer(codec);
    this.#limit = new LogLimit((suppressed, error) => {
      options.logger.error({ err: error, suppressed }, `${codec} encoder failed`);
    });
    this.#running = this.#run();
  }

  /** Viewers that take this codec. */
  get viewers(): number {
    return this.#sinks.size;
  }

  /** Ms until the next picture should be a key frame; `Infinity` when no viewer waits for one. */
  get keyFrameInMs(): number {
    return this.#policy.dueInMs;
  }

  add(sink: ChunkSink): void {
    this.#sinks.add(sink);
  }

  remove(sink: ChunkSink): void {
    this.#sinks.delete(sink);
    this.#policy.forget(sink);
  }

  /** Notes that a viewer needs a key frame. */
  requestKeyFrame(reason: KeyFrameReason, sink: ChunkSink): void {
    this.#policy.request(reason, sink);
  }

  /** Encodes this picture next, in place of one that still waits. Owns the frame. */
  offer(frame: VideoFrame): void {
    this.#mailbox.put(frame);
  }

  stats(): RenditionStats {
    const { frames, keyFrames, bytes, errors, totalMs } = this.#stats;
    return {
      codec: this.codec,
      encoder: this.#encoder?.name ?? null,
      viewers: this.viewers,
      framesEncoded: frames,
      keyFramesEncoded: keyFrames,
      framesDropped: this.#mailbox.replaced,
      bytes,
      errors,
      encodeMs: frames === 0 ? 0 : totalMs / frames,
    };
  }

  /** Lets the picture in hand finish, then frees the encoder. */
  async close(): Promise<void> {
    this.#mailbox.close();
    this.#sinks.clear();
    await this.#running;
    this.#limit.close();
  }

  async #run(): Promise<void> {
    for (;;) {
      const frame = await this.#mailbox.take();
      if (frame === null) break;
      try {
        await this.#encode(frame);
      } catch (error) {
        this.#stats.errors += 1;
        this.#limit.note(error);
        await this.#closeEncoder();
        this.#retryAt = performance.now() + reopenMs;
      } finally {
        frame.close();
      }
    }
    await this.#closeEncoder();
  }

  async #encode(frame: VideoFrame): Promise<void> {
    if (performance.now() < this.#retryAt) return;
    const encoder = await this.#encoderFor(frame);
    const start = performance.now();
    const chunks = await encoder.encode(frame, { keyFrame: this.#policy.due });
    this.#stats.totalMs += performance.now() - start;
    for (const chunk of chunks) {
      this.#stats.frames += 1;
      this.#stats.bytes += chunk.byteLength;
      if (chunk.type === 'key') {
        this.#stats.keyFrames += 1;
        this.#policy.sent();
      }
      const packetized = this.#packetizer.packetize(chunk);
      for (const sink of this.#sinks) sink.write(packetized);
    }
  }

  async #encoderFor(frame: VideoFrame): Promise<VideoEncoder> {
    const { codedWidth: width, codedHeight: height } = frame;
    const size = `${width}x${height}`;
    if (this.#encoder && this.#size === size) return this.#encoder;
    await this.#closeEncoder();
    const { bitrate, framerate, hardwareAcceleration, logger } = this.#options;
    this.#encoder = await VideoEncoder.create(
      { codec: this.codec, width, height, bitrate, framerate: framerate(), hardwareAcceleration },
      { logger },
    );
    this.#size = size;
    logger.debug(`${this.codec}: ${this.#encoder.name} encodes ${size} at ${bitrate} bit/s`);
    return this.#encoder;
  }

  async #closeEncoder(): Promise<void> {
    const encoder = this.#encoder;
    this.#encoder = null;
    await encoder?.close();
  }
}
