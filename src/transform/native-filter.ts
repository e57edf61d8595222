import type { AVPixelFormat } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { recentFfmpegErrors } from '../codec/ffmpeg-log.js';
import { toNativeFrame, wrapNativeFrame } from '../codec/native-frame.js';
import { Turns } from '../codec/turns.js';
import { EncodingError } from '../errors.js';
import type { VideoFrame } from '../media/video-frame.js';
import { NativeGraph } from './native-graph.js';
import type { GraphInput, GraphPlan } from './native-graph.js';

/** `[filter, option, value]`, set before the picture goes in. */
export type FilterCommand = readonly [filter: string, option: string, value: string];

/**
 * Runs frames through a libavfilter graph, off the JavaScript thread, one at a time. The graph is
 * built for the size and format of the first frame, and anew when they change.
 */
export class NativeFilter {
  /** Pictures per second that the source states, for filters that count in them. */
  framerate: number | null = null;
  readonly #plan: (input: GraphInput) => GraphPlan;
  readonly #turns = new Turns();
  #graph: NativeGraph | null = null;
  #key = '';
  /** Why the graph cannot be built for `#key`: found out once, not with every frame. */
  #refusal: EncodingError | null = null;

  /** @param plan - The graph for pictures of a given shape; called when that changes. */
  constructor(plan: (input: GraphInput) => GraphPlan) {
    this.#plan = plan;
  }

  /**
   * Filters one frame, which stays the caller's.
   *
   * @returns A new frame, or `null` when the graph gave none for this one.
   * @throws {EncodingError} with FFmpeg's reason when it refuses graph or frame.
   */
  run(frame: VideoFrame, commands: readonly FilterCommand[] = []): Promise<VideoFrame | null> {
    return this.#turns.take(async () => {
      if (frame.closed) throw new EncodingError('the frame was closed before it could be filtered');
      using native = toNativeFrame(frame);
      const output = await this.#filter(native, commands);
      if (output === null) return null;
      return wrapNativeFrame(output, { timestamp: frame.timestamp, duration: frame.duration });
    });
  }

  /** Lets go of the graph, once what is under way is through; a later frame builds it anew. */
  reset(): Promise<void> {
    return this.#turns.take(() => this.#free());
  }

  async #filter(native: Frame, commands: readonly FilterCommand[]): Promise<Frame | null> {
    const since = Date.now();
    try {
      const graph = this.#graphFor(native);
      for (const command of commands) graph.command(...command);
      return await graph.run(native);
    } catch (error) {
      if (error === this.#refusal) throw error;
      const [reason] = (await recentFfmpegErrors(since)).slice(0, 1);
      const text = error instanceof Error ? error.message : String(error);
      const failure = new EncodingError(reason === undefined ? text : `${text} (${reason})`, error);
      // A graph that failed half-way is in no known state.
      if (this.#graph === null) this.#refusal = failure;
      else this.#free();
      throw failure;
    }
  }

  #graphFor(native: Frame): NativeGraph {
    const input: GraphInput = {
      width: native.width,
      height: native.height,
      format: native.format as AVPixelFormat,
      colorSpace: native.colorSpace,
      colorRange: native.colorRange,
      framerate: this.framerate,
    };
    const key = JSON.stringify(input);
    if (key !== this.#key) {
      this.#free();
      this.#key = key;
    }
    if (this.#refusal !== null) throw this.#refusal;
    this.#graph ??= new NativeGraph(input, this.#plan(input));
    return this.#graph;
  }

  #free(): void {
    this.#graph?.free();
    this.#graph = null;
    this.#refusal = null;
    this.#key = '';
  }
}
