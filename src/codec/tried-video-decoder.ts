import type { Frame, Packet } from 'node-av/lib';
import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import { hardwareDecoders } from './hardware-decoders.js';
import type { HardwareDecoder } from './hardware-decoders.js';
import { VideoDecoder } from './video-decoder.js';
import type { DecodableStream, VideoDecoderOptions } from './video-decoder.js';

/** Packets that a decoder may swallow before its first picture comes out. */
const patience = 16;

/** Packets in a row that give no picture, after which a decoder that has worked is given up. */
const maxBarren = 60;

/** Settings of a {@link TriedVideoDecoder}. */
export interface TriedVideoDecoderOptions extends VideoDecoderOptions {
  /** What to try before software, in this order. Default: all that this platform may have. */
  candidates?: readonly HardwareDecoder[];
}

/**
 * Decodes in hardware where that works: each candidate gets the stream's first packets, and keeps the stream when a picture comes
 * out. The packets go to the next one when not, at last to software, so that no picture is lost. A decoder that fails later is
 * replaced by software at the next key frame.
 */
export class TriedVideoDecoder {
  readonly #stream: DecodableStream;
  readonly #options: VideoDecoderOptions;
  readonly #logger: Logger;
  readonly #candidates: HardwareDecoder[];
  readonly #reasons: string[] = [];
  /** What the decoder on trial was given. */
  readonly #given: Packet[] = [];
  #decoder: VideoDecoder | null = null;
  #hardware: HardwareDecoder | null = null;
  #trial = true;
  #barren = 0;

  /**
   * Opens nothing: the first packet does.
   *
   * @param stream - Has to outlive this.
   */
  constructor(stream: DecodableStream, options: TriedVideoDecoderOptions = {}) {
    const { candidates, ...own } = options;
    this.#stream = stream;
    this.#options = own;
    this.#logger = options.logger ?? silentLogger;
    this.#candidates = [...(candidates ?? hardwareDecoders(stream.codecpar.codecId))];
  }

  /** What decodes, `null` for software or while nothing does. */
  get hardware(): string | null {
    return this.#hardware?.name ?? null;
  }

  /** As of `VideoDecoder`. */
  async decode(packet: Packet): Promise<Frame[]> {
    if (this.#trial) return await this.#try(packet);
    const decoder = this.#decoder ?? (await this.#openNext());
    if (this.#hardware !== null && this.#barren >= maxBarren && packet.isKeyframe) {
      this.#logger.warn(`${this.#hardware.name} gives no pictures any more: decoding in software`);
      await this.#useSoftware();
      return await this.decode(packet);
    }
    const frames = await decoder.decode(packet);
    this.#barren = frames.length > 0 ? 0 : this.#barren + 1;
    return frames;
  }

  /** As of `VideoDecoder`. */
  async flush(): Promise<Frame[]> {
    if (!this.#trial || this.#given.length === 0) return (await this.#decoder?.flush()) ?? [];
    // A stream that is shorter than a trial.
    let frames = (await this.#decoder?.flush()) ?? [];
    while (frames.length === 0 && this.#hardware !== null) {
      frames = await this.#giveUp('no picture came out');
      frames.push(...((await this.#decoder?.flush()) ?? []));
    }
    this.#passed();
    return frames;
  }

  /** Frees everything. */
  async close(): Promise<void> {
    this.#forget();
    const decoder = this.#decoder;
    this.#decoder = null;
    await decoder?.close();
  }

  async #try(packet: Packet): Promise<Frame[]> {
    const copy = packet.clone();
    if (copy !== null) this.#given.push(copy);
    const decoder = this.#decoder ?? (await this.#openNext());
    let frames = await decoder.decode(packet);
    if (frames.length === 0 && this.#hasFailed()) frames = await this.#giveUp(this.#fault());
    if (frames.length > 0 || this.#hardware === null) this.#passed();
    return frames;
  }

  #hasFailed(): boolean {
    return (this.#decoder?.errors ?? 0) > 0 || this.#given.length >= patience;
  }

  #fault(): string {
    return (this.#decoder?.errors ?? 0) > 0
      ? 'it cannot decode this stream'
      : 'no picture came out';
  }

  /** Gives all that was given so far to the next decoder, and to those behind it. */
  async #giveUp(why: string): Promise<Frame[]> {
    while (this.#hardware !== null) {
      this.#reasons.push(`${this.#hardware.name}: ${why}`);
      const decoder = await this.#openNext();
      const frames: Frame[] = [];
      for (const packet of this.#given) frames.push(...(await decoder.decode(packet)));
      if (frames.length > 0 || !this.#hasFailed()) return frames;
    }
    return [];
  }

  async #openNext(): Promise<VideoDecoder> {
    await this.#decoder?.close();
    this.#decoder = null;
    for (;;) {
      const candidate = this.#candidates.shift() ?? null;
      this.#hardware = candidate;
      const { logger: _logger, ...options } = this.#options;
      try {
        // What goes wrong on trial is told once, at its end.
        this.#decoder = await VideoDecoder.open(
          this.#stream,
          candidate === null ? this.#options : { ...options, hardware: candidate },
        );
        return this.#decoder;
      } catch (error) {
        if (candidate === null) throw error;
        this.#reasons.push(`${candidate.name}: ${(error as Error).message}`);
      }
    }
  }

  async #useSoftware(): Promise<void> {
    this.#candidates.length = 0;
    await this.#openNext();
    this.#barren = 0;
  }

  /** The trial is over: one way or the other there are pictures. */
  #passed(): void {
    if (!this.#trial) return;
    this.#trial = false;
    this.#forget();
    if (this.#hardware !== null) {
      this.#logger.info(`decoding in hardware: ${this.#hardware.name}`);
      return;
    }
    const why =
      this.#reasons.length > 0 ? this.#reasons.join('; ') : 'none is known for this codec here';
    this.#logger.warn(
      { reasons: this.#reasons },
      `no hardware decoder works here, decoding in software (${why})`,
    );
  }

  #forget(): void {
    for (const packet of this.#given.splice(0)) packet.free();
  }
}
