import type { AudioTransformContext, StreamInfo } from '../media/contracts.js';
import type { VideoFrame } from '../media/video-frame.js';
import type { TransformChain } from '../transform/transform-chain.js';
import { Mailbox } from './mailbox.js';
import type { StreamDrops } from './pipeline-types.js';
import { RateLimit } from './rate-limit.js';

/** What a {@link TransformStage} works with. */
export interface TransformStageOptions {
  transforms: TransformChain;
  /** At most so many pictures per second; `null` for no limit. */
  framerate: number | null;
  /** Pictures per second as measured; transforms are told. */
  frameRate: () => number;
  /** Takes what comes out, and owns it. */
  output: (frame: VideoFrame) => void;
  /** Takes what transforms send to the viewers, a JSON value. */
  message: (value: unknown) => void;
}

/** Pictures on their way through the transforms: the newest one waits while these are at work. */
export class TransformStage {
  readonly #options: TransformStageOptions;
  readonly #mailbox = new Mailbox<VideoFrame>((frame) => frame.close());
  readonly #limit: RateLimit;
  #info: StreamInfo | null = null;
  #frameNumber = 0;
  #thinned = 0;

  constructor(options: TransformStageOptions) {
    this.#options = options;
    this.#limit = new RateLimit(options.framerate);
    void this.#run();
  }

  /** What transforms are told of the source's pictures; `null` until it was first opened. */
  get info(): StreamInfo | null {
    return this.#info;
  }

  /** What they are told with sound; `null` until the source was first opened. */
  get soundContext(): AudioTransformContext | null {
    return this.#info && { info: this.#info, send: (message) => this.#send(message) };
  }

  /** Pictures that did not come out; a copy. */
  get drops(): StreamDrops {
    const { dropped, failed } = this.#options.transforms.stats;
    return {
      framerateLimit: this.#thinned,
      transformBusy: this.#mailbox.replaced,
      transformDropped: dropped - failed,
      transformFailed: failed,
    };
  }

  /** Tells the transforms what pictures will come, unless they know. {@link info} is this at once. */
  async announce(info: StreamInfo): Promise<void> {
    const same = this.#info !== null && JSON.stringify(this.#info) === JSON.stringify(info);
    this.#info = info;
    if (!same) await this.#options.transforms.start(info);
  }

  /** Takes a picture that is due, and owns it; it replaces one that still waits. */
  put(frame: VideoFrame): void {
    if (this.#limit.keeps(frame.timestamp)) {
      this.#mailbox.put(frame);
      return;
    }
    this.#thinned += 1;
    frame.close();
  }

  /** Lets go of the picture that waits. */
  clear(): void {
    this.#mailbox.clear();
  }

  /** Ends it; the chain is closed by its owner. */
  close(): void {
    this.#mailbox.close();
  }

  async #run(): Promise<void> {
    const { transforms, frameRate, output } = this.#options;
    for (;;) {
      const frame = await this.#mailbox.take();
      if (frame === null) return;
      await this.#follow(frame);
      const edited = await transforms.apply(frame, {
        info: this.#info as StreamInfo,
        frameNumber: this.#frameNumber++,
        frameRate: frameRate(),
        send: (message) => this.#send(message),
      });
      if (edited !== null) output(edited);
    }
  }

  /** A source may change its picture size on the way; transforms are told before they see it. */
  async #follow({ codedWidth, codedHeight }: VideoFrame): Promise<void> {
    const info = this.#info;
    if (info === null) return;
    if (info.codedWidth === codedWidth && info.codedHeight === codedHeight) return;
    await this.announce({ ...info, codedWidth, codedHeight });
  }

  #send(message: unknown): void {
    if (JSON.stringify(message) === undefined) {
      throw new TypeError(`message: expected a JSON value, got ${typeof message}`);
    }
    this.#options.message(message);
  }
}
