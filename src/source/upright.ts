import { FFmpegError, Filter, FilterGraph, Frame } from 'node-av/lib';
import type { FilterContext } from 'node-av/lib';
import { AV_FRAME_DATA_DISPLAYMATRIX } from 'node-av/constants';
import { EncodingError } from '../errors.js';

/** Pixels more slender than this, or than its inverse, are a fault of the stream. */
const maxPixelAspect = 8;

/**
 * Turns pictures the way they are meant to be seen: a phone's rotation and mirroring carried out,
 * pixels made square. Pictures that are right already pass untouched.
 */
export class Upright implements Disposable {
  #key = '';
  #graph: FilterGraph | null = null;
  #input: FilterContext | null = null;
  #output: FilterContext | null = null;

  /**
   * @param frame - Taken over: returned as it is, or freed.
   * @param pixelAspect - Width of a pixel divided by its height, as the container states it; 0 when
   *   it does not, then the frame's own counts.
   * @returns The picture to show, for the caller to free.
   */
  async apply(frame: Frame, pixelAspect: number): Promise<Frame> {
    const filters = uprightFilters(frame, pixelAspect);
    if (filters === '') return frame;
    try {
      this.#prepare(frame, filters);
      return await this.#run(frame);
    } catch (cause) {
      throw new EncodingError(`FFmpeg cannot turn the picture upright (${filters})`, cause);
    } finally {
      frame.free();
    }
  }

  /** Frees the filters. */
  [Symbol.dispose](): void {
    this.#graph?.free();
    this.#graph = null;
    this.#key = '';
  }

  #prepare(frame: Frame, filters: string): void {
    const size = `video_size=${frame.width}x${frame.height}:pix_fmt=${frame.format}`;
    const source = `${size}:colorspace=${frame.colorSpace}:range=${frame.colorRange}`;
    const key = `${source}/${filters}`;
    if (key === this.#key) return;
    this[Symbol.dispose]();
    const graph = new FilterGraph();
    graph.alloc();
    this.#graph = graph;
    // One thread: the work is a copy, and pools of idle threads cost more.
    graph.nbThreads = 1;
    this.#input = create(graph, 'buffer', `${source}:time_base=1/1000000`);
    const last = filters.split(',').reduce((previous, filter) => {
      const [name = '', args = null] = filter.split('=');
      const next = create(graph, name, args);
      FFmpegError.throwIfError(previous.link(0, next, 0), `link ${name}`);
      return next;
    }, this.#input);
    this.#output = create(graph, 'buffersink', null);
    FFmpegError.throwIfError(last.link(0, this.#output, 0), 'link buffersink');
    FFmpegError.throwIfError(graph.configSync(), 'set up the filters');
    this.#key = key;
  }

  async #run(frame: Frame): Promise<Frame> {
    if (this.#input === null || this.#output === null) throw new Error('filters are not set up');
    const turned = new Frame();
    turned.alloc();
    try {
      FFmpegError.throwIfError(await this.#input.buffersrcAddFrame(frame), 'filter a frame');
      FFmpegError.throwIfError(await this.#output.buffersinkGetFrame(turned), 'filter a frame');
      return turned;
    } catch (error) {
      turned.free();
      throw error;
    }
  }
}

/** True when a frame is not shown as it is: it has to be turned, mirrored or stretched. */
export function needsTurning(frame: Frame, pixelAspect: number): boolean {
  return uprightFilters(frame, pixelAspect) !== '';
}

/** What has to be done to a frame as a libavfilter chain; empty when it is right already. */
function uprightFilters(frame: Frame, pixelAspect: number): string {
  const filters = [squarePixels(frame, pixelAspect)];
  const matrix = frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX);
  if (matrix !== null && matrix.byteLength >= 36) filters.push(orientation(matrix));
  return filters.filter((filter) => filter !== '').join(',');
}

/**
 * The eight ways to hold a camera. The matrix maps a picture's axes onto the screen's:
 * `x' = a x + c y`, `y' = b x + d y`, so the larger of each pair tells whether axes are swapped.
 */
function orientation(matrix: Buffer): string {
  const [a, b, c, d] = [0, 1, 3, 4].map((index) => matrix.readInt32LE(index * 4)) as [
    number,
    number,
    number,
    number,
  ];
  if (Math.abs(b) + Math.abs(c) > Math.abs(a) + Math.abs(d)) {
    if (b > 0) return c > 0 ? 'transpose=cclock_flip' : 'transpose=clock';
    return c > 0 ? 'transpose=cclock' : 'transpose=clock_flip';
  }
  return [a < 0 ? 'hflip' : '', d < 0 ? 'vflip' : ''].filter(Boolean).join(',');
}

function squarePixels(frame: Frame, pixelAspect: number): string {
  const { num, den } = frame.sampleAspectRatio;
  const aspect = pixelAspect > 0 ? pixelAspect : num > 0 && den > 0 ? num / den : 1;
  if (Math.abs(aspect - 1) < 0.01 || aspect > maxPixelAspect || aspect < 1 / maxPixelAspect) {
    return '';
  }
  // Only ever larger, so that nothing of the picture is lost; even, as most encoders want it.
  const width = aspect > 1 ? even(frame.width * aspect) : frame.width;
  const height = aspect > 1 ? frame.height : even(frame.height / aspect);
  return `scale=${width}:${height}`;
}

function even(size: number): number {
  return Math.max(2, Math.round(size / 2) * 2);
}

function create(graph: FilterGraph, name: string, args: string | null): FilterContext {
  const filter = Filter.getByName(name);
  const context = filter && graph.createFilter(filter, name, args);
  if (!context) throw new Error(`FFmpeg has no filter ${name}`);
  return context;
}
