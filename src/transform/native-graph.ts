import { FFmpegError, Filter, FilterGraph, FilterInOut, Frame } from 'node-av/lib';
import { AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import type { AVColorRange, AVColorSpace, AVPixelFormat } from 'node-av/constants';
import type { FilterContext } from 'node-av/lib';
import { EncodingError } from '../errors.js';

/** Microseconds: the clock of `VideoFrame`. */
const timeBase = { num: 1, den: 1_000_000 };

/** The shape of the pictures that a graph is built for. */
export interface GraphInput {
  width: number;
  height: number;
  format: AVPixelFormat;
  colorSpace?: AVColorSpace;
  colorRange?: AVColorRange;
  /** Pictures per second, for filters that count in them; unknown when left out. */
  framerate?: number | null;
}

/** What {@link NativeGraph} is built from. */
export interface GraphPlan {
  /** In FFmpeg's filter graph syntax; the picture comes in at `[in]` and leaves at `[out]`. */
  graph: string;
  /** Standing pictures by the label they come in at; referenced, not kept. */
  pictures?: Record<string, Frame>;
  /** Threads for filters that can use them. Default 1; 0 = as many as there are cores. */
  threads?: number;
}

/**
 * One configured libavfilter graph: pictures of one size and format in, pictures out. Calls must not
 * overlap, and `free()` must wait for them (`NativeFilter` sees to both).
 */
export class NativeGraph {
  readonly #graph = new FilterGraph();
  readonly #source: FilterContext;
  readonly #sink: FilterContext;
  readonly #pictures: { context: FilterContext; frame: Frame }[] = [];
  #lastPts: bigint | null = null;

  /** @throws {FFmpegError} when FFmpeg refuses the graph. */
  constructor(input: GraphInput, plan: GraphPlan) {
    this.#graph.alloc();
    try {
      this.#graph.nbThreads = plan.threads ?? 1;
      this.#source = this.#createSource('in', input);
      this.#sink = this.#createFilter('buffersink', 'out');
      const pictures = Object.entries(plan.pictures ?? {});
      const sources = pictures.map(([name, frame]) => pictureSource(name, frame));
      this.#link([...sources, plan.graph].join(';'));
      for (const [name, frame] of pictures) {
        const context = this.#graph.getFilter(`buffer@${name}`);
        if (context === null) throw new EncodingError(`FFmpeg lost the picture ${name}`);
        this.#pictures.push({ context, frame });
      }
      FFmpegError.throwIfError(this.#graph.configSync(), 'configure');
    } catch (error) {
      this.#graph.free();
      throw error;
    }
  }

  /** Sets an option of a filter that runs, e.g. `('crop', 'x', '12')`. */
  command(filter: string, name: string, value: string): void {
    const result = this.#graph.sendCommand(filter, name, value);
    if (typeof result === 'number') FFmpegError.throwIfError(result, `${filter} ${name}=${value}`);
  }

  /**
   * One picture through the graph, which takes its pixels: `frame` is empty afterwards.
   *
   * @returns The newest picture that came out, for the caller to free; `null` when none did. Older
   *   ones that came out with it are let go, so that nothing queues.
   */
  async run(frame: Frame): Promise<Frame | null> {
    frame.pts = this.#nextPts(frame.pts);
    await this.#showPictures(frame.pts);
    const pushed = await this.#source.buffersrcAddFrame(frame);
    // After the end (of a `trim`, say) nothing comes any more, which is no fault.
    if (pushed !== AVERROR_EOF) FFmpegError.throwIfError(pushed, 'filter a picture');
    let newest: Frame | null = null;
    for (;;) {
      const next = new Frame();
      next.alloc();
      const pulled = await this.#sink.buffersinkGetFrame(next);
      if (pulled < 0) {
        next.free();
        if (pulled === AVERROR_EAGAIN || pulled === AVERROR_EOF) return upright(newest);
        newest?.free();
        FFmpegError.throwIfError(pulled, 'filter a picture');
      }
      newest?.free();
      newest = next;
    }
  }

  /** Lets go of everything. */
  free(): void {
    this.#graph.free();
  }

  /** Filters want rising times; a source that starts over or repeats one must not stall them. */
  #nextPts(pts: bigint): bigint {
    const last = this.#lastPts;
    this.#lastPts = last !== null && pts <= last ? last + 1n : pts;
    return this.#lastPts;
  }

  /** A standing picture is sent once, then the end: filters repeat what came last. */
  async #showPictures(pts: bigint): Promise<void> {
    for (const { context, frame } of this.#pictures.splice(0)) {
      // The graph takes what it is given: only another reference may go.
      using copy = new Frame();
      copy.alloc();
      FFmpegError.throwIfError(copy.ref(frame), 'reference a picture');
      copy.pts = pts;
      FFmpegError.throwIfError(await context.buffersrcAddFrame(copy), 'add a picture');
      FFmpegError.throwIfError(await context.buffersrcAddFrame(null), 'add a picture');
    }
  }

  #createSource(name: string, input: GraphInput): FilterContext {
    const { width, height, format, colorSpace, colorRange, framerate } = input;
    const context = this.#graph.allocFilter(named('buffer'), name);
    if (context === null) throw new EncodingError(`FFmpeg could not create filter ${name}`);
    const result = context.buffersrcParametersSet({
      width,
      height,
      format,
      timeBase,
      ...(colorSpace === undefined ? {} : { colorSpace }),
      ...(colorRange === undefined ? {} : { colorRange }),
      ...(framerate ? { frameRate: { num: Math.round(framerate * 1000), den: 1000 } } : {}),
    });
    FFmpegError.throwIfError(result, 'describe the picture');
    FFmpegError.throwIfError(context.initStr(), 'describe the picture');
    return context;
  }

  #createFilter(filter: string, name: string): FilterContext {
    const context = this.#graph.createFilter(named(filter), name);
    if (context === null) throw new EncodingError(`FFmpeg could not create filter ${filter}`);
    return context;
  }

  #link(graph: string): void {
    // libavfilter's view: what leaves our source is an output, what enters our sink an input.
    using outputs = FilterInOut.createList([{ name: 'in', filterCtx: this.#source, padIdx: 0 }]);
    using inputs = FilterInOut.createList([{ name: 'out', filterCtx: this.#sink, padIdx: 0 }]);
    FFmpegError.throwIfError(this.#graph.parsePtr(graph, inputs, outputs), 'read the graph');
  }
}

/** A source within the graph's text: node-av can hand only one input to FFmpeg's parser. */
function pictureSource(name: string, { width, height, format }: Frame): string {
  const base = `${timeBase.num}/${timeBase.den}`;
  return `buffer@${name}=width=${width}:height=${height}:pix_fmt=${format}:time_base=${base}[${name}]`;
}

function named(filter: string): Filter {
  const found = Filter.getByName(filter);
  if (found === null) throw new EncodingError(`this FFmpeg has no filter ${filter}`);
  return found;
}

/** Some filters (vflip) only turn the rows' order round, which few readers of pixels expect. */
function upright(frame: Frame | null): Frame | null {
  if (frame === null || (frame.linesize[0] ?? 0) >= 0) return frame;
  const copy = new Frame();
  try {
    copy.alloc();
    copy.format = frame.format;
    copy.width = frame.width;
    copy.height = frame.height;
    FFmpegError.throwIfError(copy.getBuffer(), 'allocate a frame');
    FFmpegError.throwIfError(copy.copy(frame), 'copy a frame');
    FFmpegError.throwIfError(copy.copyProps(frame), 'copy a frame');
    return copy;
  } catch (error) {
    copy.free();
    throw error;
  } finally {
    frame.free();
  }
}
