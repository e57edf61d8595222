import { VideoFrame } from '../../media/video-frame.js';
import type { VideoFunction } from '../handlers/video-stream-handler.js';
import { FrameQueue } from './frame-queue.js';
import { readResult } from './handler-result.js';
import type { LoopHost } from './loop-host.js';
import { showFrame } from './show-frame.js';

type AnyFunction = (frame: VideoFrame, ...inputs: readonly unknown[]) => unknown;

/** Pictures that wait for a function that is to see them all. */
const patientCapacity = 4;

/** Runs a function on the client's pictures, one after the other. */
export class VideoEditor {
  readonly #edit: AnyFunction;
  readonly #host: LoopHost;
  readonly #queue: FrameQueue;
  /** The picture that the function has been given. */
  #lent: VideoFrame | null = null;

  constructor(edit: VideoFunction, skipFrames: boolean, host: LoopHost) {
    this.#edit = edit as unknown as AnyFunction;
    this.#host = host;
    this.#queue = new FrameQueue(skipFrames ? 1 : patientCapacity, () => {
      host.stats.dropped.videoInFull += 1;
    });
  }

  /** Runs until the function ends the connection, or `close()`. Never rejects. */
  async run(): Promise<void> {
    for (;;) {
      const frame = await this.#queue.take();
      if (frame === null) return;
      const end = await this.#one(frame);
      if (end === null) continue;
      this.#queue.close();
      this.#host.finish(end);
      return;
    }
  }

  /** Takes a picture over. */
  push(frame: VideoFrame): void {
    this.#host.stats.videoIn += 1;
    this.#queue.put(frame);
  }

  /** Ends the loop and closes its pictures, also the one that the function works on. */
  close(): void {
    this.#queue.close();
    this.#lent?.close();
    this.#lent = null;
  }

  /** Gives the message of `CloseStream`. */
  async #one(frame: VideoFrame): Promise<string | null> {
    const host = this.#host;
    const { timestamp } = frame;
    const inputs = host.inputs.latest;
    // It needs inputs, and has none yet.
    if (inputs === null && this.#edit.length > 1) {
      await showFrame(frame, timestamp, host);
      return null;
    }
    this.#lent = frame;
    try {
      const value: unknown = await host.calls.run('', () => this.#edit(frame, ...(inputs ?? [])));
      const result = readResult(value, VideoFrame, host.calls.name(''));
      if (result.frame !== frame) frame.close();
      this.#lent = null;
      if (result.outputs) host.addOutput(result.outputs);
      if (result.frame) await showFrame(result.frame, timestamp, host);
      return result.close?.message ?? null;
    } catch (error) {
      frame.close();
      this.#lent = null;
      if (!host.closed) host.stats.dropped.videoFailed += 1;
      host.fault('', error);
      return null;
    }
  }
}
