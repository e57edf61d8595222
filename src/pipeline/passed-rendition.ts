import { createPacketizer } from '../codec/packetizer.js';
import type { Packetizer } from '../codec/packetizer.js';
import type { EncodedVideoChunk, VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import { RenditionHolders } from './rendition-holders.js';
import { RenditionMeter } from './rendition-stats.js';
import type { RenditionStats } from './rendition-stats.js';

/** The level `source`: compressed pictures as they came in, cut into packets and sent. */
export class PassedRendition {
  readonly codec: VideoCodecName;
  readonly level = 'source' as const;
  /** Who takes it. */
  readonly holders: RenditionHolders = new RenditionHolders();
  readonly #meter = new RenditionMeter();
  readonly #packetizer: Packetizer;
  readonly #size: () => { width: number; height: number };
  #info: RenditionInfo;

  /**
   * @param size - Of the pictures, for the figures.
   * @param sharedMemory - Whether other threads send the pictures: they read them where they are.
   */
  constructor(
    info: RenditionInfo,
    size: () => { width: number; height: number },
    sharedMemory: boolean = false,
  ) {
    this.codec = info.codec;
    this.#info = info;
    this.#size = size;
    this.#packetizer = createPacketizer(info.codec, { sharedMemory });
  }

  /** Names it within its stream. */
  get id(): string {
    return this.#info.id;
  }

  /** What is known of it by now. */
  set info(info: RenditionInfo) {
    this.#info = info;
  }

  /** Sends a picture on, its time on the stream's clock. */
  pass(chunk: EncodedVideoChunk): void {
    if (!this.holders.watched) return;
    const packetized = this.#packetizer.packetize(chunk);
    for (const sink of this.holders.sinks) sink.write(this.#info, packetized);
    this.#meter.sent(chunk, 0);
  }

  /** A copy of the figures. */
  stats(): RenditionStats {
    const { id, level, bitrate } = this.#info;
    return {
      id,
      codec: this.codec,
      level,
      ...this.#size(),
      encoder: null,
      viewers: this.holders.size,
      targetBitrate: bitrate,
      ...this.#meter.read(0),
    };
  }

  /** Lets go of its viewers. */
  close(): Promise<void> {
    this.holders.clear();
    return Promise.resolve();
  }
}
