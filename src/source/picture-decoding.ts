import type { Frame, Packet } from 'node-av/lib';
import { TriedVideoDecoder } from '../codec/tried-video-decoder.js';
import { VideoDecoder } from '../codec/video-decoder.js';
import type { DecodableStream, VideoDecoderOptions } from '../codec/video-decoder.js';

/** Most that is kept of a group of pictures, so that decoding can begin in its middle. */
const maxKeptBytes = 32 * 1024 * 1024;
const maxKeptPackets = 1500;

type Decoder = Pick<VideoDecoder, 'decode' | 'flush' | 'close'>;

/** How a {@link PictureDecoding} decodes. */
export interface PictureDecodingOptions extends VideoDecoderOptions {
  /** Tries hardware first. */
  tryHardware: boolean;
}

/**
 * Decodes the pictures of one run of an input while they are wanted. Packets since the last key frame are kept: wanted in the
 * middle of a group, its beginning is decoded beside everything else without being shown, and pictures come from then on.
 */
export class PictureDecoding {
  readonly #stream: DecodableStream;
  readonly #options: PictureDecodingOptions;
  /** Packets from the last key frame on; empty when they are not worth keeping. */
  readonly #group: Packet[] = [];
  #groupBytes = 0;
  #decoder: Promise<Decoder> | null = null;
  /** `waiting`: for the next key frame, since nothing before it was kept. */
  #state: 'idle' | 'catching-up' | 'waiting' | 'on' = 'idle';
  /** Counts the times that pictures were wanted: an older catching up gives way. */
  #wanted = 0;
  /** How many packets of the group the decoder has had. */
  #caughtUp = 0;
  #catchingUp: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param stream - Has to outlive this. */
  constructor(stream: DecodableStream, options: PictureDecodingOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /** True when the next packets give pictures. */
  get on(): boolean {
    return this.#state === 'on';
  }

  /**
   * Opens the decoder from the start, which costs the first picture no catching up.
   *
   * @throws {NotSupportedError} or {EncodingError} when FFmpeg cannot decode this.
   */
  async start(): Promise<void> {
    await this.#open();
    this.#state = 'on';
  }

  /** Says whether pictures are wanted. */
  want(pictures: boolean): void {
    if (this.#closed || pictures === (this.#state !== 'idle')) return;
    if (!pictures) {
      this.#state = 'idle';
      return;
    }
    this.#state = 'catching-up';
    this.#caughtUp = 0;
    const wanted = ++this.#wanted;
    this.#catchingUp = this.#catchingUp
      .then(() => this.#catchUp(wanted))
      .catch(() => this.#failed());
  }

  /**
   * Takes the next packet, which stays the caller's.
   *
   * @param keep - Whether decoding may begin later, so that it has to be kept.
   * @returns Its pictures and those before it that come out now, for the caller to free; none while they are not wanted.
   */
  async take(packet: Packet, keep: boolean): Promise<Frame[]> {
    if (packet.isKeyframe) {
      this.#forgetGroup();
      // Whoever does not want pictures by now is not about to.
      if (this.#state === 'idle') await this.#closeDecoder();
      if (this.#state === 'waiting') this.#state = 'on';
    }
    if (keep || this.#state === 'catching-up') this.#keep(packet);
    if (this.#state !== 'on') return [];
    const decoder = await this.#open();
    return await decoder.decode(packet);
  }

  /** Resolves when no catching up is under way. */
  settled(): Promise<void> {
    return this.#catchingUp;
  }

  /** The pictures still held back, at the end. */
  async flush(): Promise<Frame[]> {
    if (this.#state !== 'on') return [];
    return await (await this.#open()).flush();
  }

  /** Frees everything. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#state = 'idle';
    await this.#catchingUp;
    this.#forgetGroup();
    await this.#closeDecoder();
  }

  #open(): Promise<Decoder> {
    const { tryHardware, ...options } = this.#options;
    this.#decoder ??= tryHardware
      ? Promise.resolve(new TriedVideoDecoder(this.#stream, options))
      : VideoDecoder.open(this.#stream, options);
    return this.#decoder;
  }

  async #closeDecoder(): Promise<void> {
    const decoder = this.#decoder;
    this.#decoder = null;
    await decoder?.then((open) => open.close()).catch(() => undefined);
  }

  /** Decodes the group up to where the input is by now. Packets that come meanwhile are in the group too. */
  async #catchUp(wanted: number): Promise<void> {
    // What an old decoder holds is of another group.
    await this.#closeDecoder();
    const decoder = await this.#open();
    while (this.#state === 'catching-up' && this.#wanted === wanted) {
      const packet = this.#group[this.#caughtUp];
      if (packet === undefined) {
        this.#state = this.#caughtUp > 0 ? 'on' : 'waiting';
        return;
      }
      this.#caughtUp += 1;
      using own = packet.clone();
      if (own === null) return;
      for (const frame of await decoder.decode(own)) frame.free();
    }
  }

  /** Catching up failed; the next key frame is another try, whose failure is the source's. */
  async #failed(): Promise<void> {
    await this.#closeDecoder();
    if (this.#state === 'catching-up') this.#state = 'waiting';
  }

  #keep(packet: Packet): void {
    if (!packet.isKeyframe && this.#group.length === 0) return;
    const copy = packet.clone();
    if (copy === null) return;
    this.#group.push(copy);
    this.#groupBytes += packet.size;
    if (this.#groupBytes > maxKeptBytes || this.#group.length > maxKeptPackets) this.#forgetGroup();
  }

  #forgetGroup(): void {
    for (const packet of this.#group.splice(0)) packet.free();
    this.#groupBytes = 0;
    this.#caughtUp = 0;
  }
}
