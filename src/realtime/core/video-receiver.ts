import type { VideoFrame } from '../../media/video-frame.js';
import type { AudioVideoStreamHandler } from '../handlers/stream-handler.js';
import { FrameQueue } from './frame-queue.js';
import type { LoopHost } from './loop-host.js';

/** Pictures that wait for a handler. */
const capacity = 2;
/** So many pictures are noted before those that the handler has closed are forgotten. */
const fewNoted = 128;

/** Gives a handler the client's pictures. */
export class VideoReceiver {
  readonly #handler: AudioVideoStreamHandler;
  readonly #host: LoopHost;
  readonly #queue: FrameQueue;
  readonly #received: () => void;
  /** Given to the handler, which may have forgotten to close them. */
  #given: WeakRef<VideoFrame>[] = [];
  #pruneAt = fewNoted;

  /** @param received - Called after each picture that the handler has taken. */
  constructor(handler: AudioVideoStreamHandler, host: LoopHost, received: () => void) {
    this.#received = received;
    this.#handler = handler;
    this.#host = host;
    this.#queue = new FrameQueue(capacity, () => {
      host.stats.dropped.videoInFull += 1;
    });
  }

  /** Runs until `close()`. Never rejects. */
  async run(): Promise<void> {
    for (;;) {
      const frame = await this.#queue.take();
      if (frame === null) return;
      this.#note(frame);
      try {
        await this.#host.calls.run('videoReceive', () => this.#handler.videoReceive(frame));
        this.#received();
      } catch (error) {
        frame.close();
        if (!this.#host.closed) this.#host.stats.dropped.videoFailed += 1;
        this.#host.fault('videoReceive', error);
      }
    }
  }

  /** Takes a picture over. */
  push(frame: VideoFrame): void {
    this.#host.stats.videoIn += 1;
    this.#queue.put(frame);
  }

  /** Ends the loop and closes its pictures. */
  close(): void {
    this.#queue.close();
  }

  /** Closes what the handler has kept: after its `shutdown`. */
  closeGiven(): void {
    for (const given of this.#given) given.deref()?.close();
    this.#given = [];
  }

  #note(frame: VideoFrame): void {
    if (this.#given.length >= this.#pruneAt) {
      this.#given = this.#given.filter((given) => given.deref()?.closed === false);
      this.#pruneAt = Math.max(fewNoted, this.#given.length * 2);
    }
    this.#given.push(new WeakRef(frame));
  }
}
