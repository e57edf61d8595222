import { VideoFrame } from '../../media/video-frame.js';
import { Backoff } from '../../util/backoff.js';
import { FramePacer } from './frame-pacer.js';
import { readResult } from './handler-result.js';
import type { HandlerResult } from './handler-result.js';
import type { LoopHost } from './loop-host.js';
import { showFrame } from './show-frame.js';
import { Waker } from './waker.js';

/** What a {@link VideoEmitter} asks. */
export interface VideoEmitterOptions {
  /** Gives the next picture, or nothing. */
  emit: () => unknown;
  /** For logs: `videoEmit`, or empty for a generator. */
  method: string;
  /** Pictures a second, at most. */
  fps: number;
  host: LoopHost;
}

/** Asks a handler or generator for pictures, at a steady rate, and shows them. */
export class VideoEmitter {
  readonly #options: VideoEmitterOptions;
  readonly #waker = new Waker();
  readonly #pacer: FramePacer;
  readonly #retry = new Backoff(100, 5000);
  /** It gave nothing the last time: the next picture of the client is worth a call at once. */
  #idle = false;
  #closed = false;

  constructor(options: VideoEmitterOptions) {
    this.#options = options;
    this.#pacer = new FramePacer(options.fps, this.#waker);
  }

  /** Runs until the connection is ended by what was asked, or by `close()`. Never rejects. */
  async run(): Promise<void> {
    const { host } = this.#options;
    while (!this.#closed) {
      await this.#pacer.turn();
      this.#idle = false;
      const result = await this.#next();
      this.#idle = result !== null && !result.frame;
      if (result?.frame) await showFrame(result.frame, this.#pacer.time(), host);
      if (result?.close && !this.#closed) {
        this.close();
        host.finish(result.close.message);
      }
    }
  }

  /** There is something new for the handler: it is asked at once, if it gave nothing the last time. */
  wake(): void {
    if (this.#idle) this.#waker.wake();
  }

  /** Ends the loop. */
  close(): void {
    this.#closed = true;
    this.#waker.close();
  }

  /** The next result that is more than outputs; `null` when the call failed. */
  async #next(): Promise<HandlerResult<VideoFrame> | null> {
    const { host } = this.#options;
    while (!this.#closed) {
      const result = await this.#ask();
      if (result === null) {
        await this.#waker.sleep(this.#retry.next());
        return null;
      }
      this.#retry.reset();
      if (result.outputs) host.addOutput(result.outputs);
      if (result.frame || result.close || !result.outputs) return result;
      // Outputs alone take no picture's turn; they may not spin either.
      await this.#waker.sleep(1);
    }
    return null;
  }

  async #ask(): Promise<HandlerResult<VideoFrame> | null> {
    const { emit, method, host } = this.#options;
    try {
      const value: unknown = await host.calls.run(method, emit);
      return readResult(value, VideoFrame, host.calls.name(method));
    } catch (error) {
      host.fault(method, error);
      return null;
    }
  }
}
