import type { FrameTransform, StreamInfo } from '../media/contracts.js';
import type { VideoFrame } from '../media/video-frame.js';
import { NativeFilter } from './native-filter.js';
import type { GraphInput, GraphPlan } from './native-graph.js';

/** A transform that is one libavfilter graph. */
export class FilterTransform implements FrameTransform {
  /** As logs name it. */
  readonly name: string;
  readonly #filter: NativeFilter;
  readonly #unneeded: (frame: VideoFrame) => boolean;

  /**
   * @param plan - The graph for pictures of a given shape.
   * @param unneeded - True for a frame that is right as it is. Default: none is.
   */
  constructor(
    name: string,
    plan: (input: GraphInput) => GraphPlan,
    unneeded: (frame: VideoFrame) => boolean = () => false,
  ) {
    this.name = name;
    this.#filter = new NativeFilter(plan);
    this.#unneeded = unneeded;
  }

  start(info: StreamInfo): void {
    this.#filter.framerate = info.framerate;
  }

  async transform(frame: VideoFrame): Promise<VideoFrame | null> {
    if (this.#unneeded(frame)) return frame;
    using input = frame;
    return await this.#filter.run(input);
  }

  stop(): Promise<void> {
    return this.#filter.reset();
  }
}
