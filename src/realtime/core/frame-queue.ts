import type { VideoFrame } from '../../media/video-frame.js';

/** Pictures that wait for a handler; when there are too many the oldest goes. */
export class FrameQueue {
  readonly #capacity: number;
  readonly #dropped: () => void;
  #frames: VideoFrame[] = [];
  #waiting: ((frame: VideoFrame | null) => void) | undefined;
  #closed = false;

  /** @param capacity - Pictures that may wait. @param dropped - Called for each that goes unseen. */
  constructor(capacity: number, dropped: () => void) {
    this.#capacity = capacity;
    this.#dropped = dropped;
  }

  /** Takes a picture over. */
  put(frame: VideoFrame): void {
    if (this.#closed) {
      frame.close();
      return;
    }
    if (this.#waiting) {
      this.#waiting(frame);
      this.#waiting = undefined;
      return;
    }
    this.#frames.push(frame);
    if (this.#frames.length <= this.#capacity) return;
    this.#frames.shift()?.close();
    this.#dropped();
  }

  /** The oldest picture, as soon as there is one; `null` once closed. One taker at a time. */
  take(): Promise<VideoFrame | null> {
    if (this.#closed) return Promise.resolve(null);
    const frame = this.#frames.shift();
    if (frame) return Promise.resolve(frame);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Closes what waits and ends the taker. */
  close(): void {
    this.#closed = true;
    for (const frame of this.#frames) frame.close();
    this.#frames = [];
    this.#waiting?.(null);
    this.#waiting = undefined;
  }
}
