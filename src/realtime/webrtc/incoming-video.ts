import { ReceivedVideoDecoder } from '../../codec/received-video-decoder.js';
import type { Logger } from '../../logger.js';
import type { EncodedVideoChunk, ReceivableCodecName } from '../../media/encoded-video-chunk.js';
import type { VideoFrame } from '../../media/video-frame.js';
import { LogLimit } from '../../util/log-limit.js';

/** What an {@link IncomingVideo} works with. */
export interface IncomingVideoOptions {
  /** Whether anybody takes pictures now; while not, nothing is decoded. */
  readonly wanted: () => boolean;
  /** Takes a picture over. */
  readonly deliver: (frame: VideoFrame) => void;
  /** Asks the client for a key frame. */
  readonly requestKeyFrame: () => void;
  readonly logger: Logger;
}

/** Pictures that may wait for the decoder: 0.3 s at 30 a second. */
const capacity = 9;
/** A key frame lets so many pictures or more that wait before it be left out. */
const behind = 3;
/** While a key frame is awaited, it is asked for again so often. */
const askAgainMs = 1000;

/**
 * Pictures of one client, decoded. When the decoder cannot keep up, what waits is given up and a key frame asked for: the
 * newest wins, and no delay builds up.
 */
export class IncomingVideo {
  readonly #options: IncomingVideoOptions;
  readonly #limit: LogLimit;
  #queue: { chunk: EncodedVideoChunk; codec: ReceivableCodecName }[] = [];
  #decoder: { readonly codec: ReceivableCodecName; readonly decoder: ReceivedVideoDecoder } | null =
    null;
  #running: Promise<void> | null = null;
  #awaitsKeyFrame = true;
  #askedAt = Number.NEGATIVE_INFINITY;
  #skipped = 0;
  #closed = false;

  constructor(options: IncomingVideoOptions) {
    this.#options = options;
    this.#limit = new LogLimit((suppressed, err) => {
      options.logger.error({ err, suppressed }, 'decoding the pictures of a client failed');
    });
  }

  /** Pictures that were not decoded: nobody wanted them, or the decoder was behind. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Takes an encoded picture; returns at once. */
  push(chunk: EncodedVideoChunk, codec: ReceivableCodecName): void {
    if (this.#closed) return;
    if (!this.#options.wanted()) {
      this.#skipped += 1;
      this.#awaitsKeyFrame = true;
      return;
    }
    if (chunk.type === 'key') {
      if (this.#queue.length >= behind) this.#giveUp();
      this.#awaitsKeyFrame = false;
    } else if (this.#queue.length >= capacity) {
      this.#giveUp();
      this.#awaitsKeyFrame = true;
    }
    if (this.#awaitsKeyFrame) {
      this.#skipped += 1;
      this.#ask();
      return;
    }
    this.#queue.push({ chunk, codec });
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Lets the picture in hand finish, then frees the decoder. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#queue = [];
    await this.#running;
    await this.#closeDecoder();
    this.#limit.close();
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      try {
        await this.#decode(next.chunk, next.codec);
      } catch (error) {
        this.#limit.note(error);
        this.#giveUp();
        this.#awaitsKeyFrame = true;
        await this.#closeDecoder();
      }
    }
  }

  async #decode(chunk: EncodedVideoChunk, codec: ReceivableCodecName): Promise<void> {
    if (this.#decoder?.codec !== codec) {
      await this.#closeDecoder();
      const { logger } = this.#options;
      this.#decoder = { codec, decoder: await ReceivedVideoDecoder.create(codec, { logger }) };
    }
    for (const frame of await this.#decoder.decoder.decode(chunk)) {
      if (this.#closed) frame.close();
      else this.#options.deliver(frame);
    }
  }

  #giveUp(): void {
    this.#skipped += this.#queue.length;
    this.#queue = [];
  }

  #ask(): void {
    const now = performance.now();
    if (now - this.#askedAt < askAgainMs) return;
    this.#askedAt = now;
    this.#options.requestKeyFrame();
  }

  async #closeDecoder(): Promise<void> {
    const { decoder } = this.#decoder ?? {};
    this.#decoder = null;
    await decoder?.close();
  }
}
