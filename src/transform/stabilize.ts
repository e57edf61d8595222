import { toNativeFrame, wrapNativeFrame } from '../codec/native-frame.js';
import type { FrameTransform } from '../media/contracts.js';
import type { VideoFrame } from '../media/video-frame.js';
import { checkInteger, checkKeys, checkNumber, checkOneOf } from './arguments.js';
import { estimateShift } from './motion-estimator.js';
import type { Profile } from './motion-estimator.js';
import { NativeFilter } from './native-filter.js';
import type { FilterCommand } from './native-filter.js';

/** What {@link stabilize} takes. */
export interface StabilizeOptions {
  /** Frames over which movement is smoothed, 1 to 300: more is steadier but follows a pan later. Default 25. */
  smoothing?: number;
  /** How far the picture may be moved, as a share of its width and height, 0.01 to 0.25. Default 0.05. */
  margin?: number;
  /** `crop` enlarges the picture so that no edge is seen, `black` keeps its scale and shows black edges. Default `crop`. */
  border?: 'crop' | 'black';
}

/** Bands a picture is cut into for measuring movement. */
const bands = 8;

/**
 * Steadies a shaking camera: measures how each picture has moved against the one before, smooths that
 * path over the last frames and moves the picture onto it. Works live, one frame in and one out, with
 * no delay. Up, down, left and right; not turns and not zoom. Keeps size and pixel format.
 *
 * @throws {TypeError | RangeError} naming the option.
 */
export function stabilize(options: StabilizeOptions = {}): FrameTransform {
  checkKeys('stabilize options', options, ['smoothing', 'margin', 'border']);
  const { smoothing = 25, margin = 0.05, border = 'crop' } = options;
  checkInteger('smoothing', smoothing, 1, 300);
  checkNumber('margin', margin, 0.01, 0.25);
  checkOneOf('border', border, ['crop', 'black'] as const);
  return new Stabilizer({ smoothing, margin, border });
}

class Stabilizer implements FrameTransform {
  readonly name = 'stabilize';
  readonly #options: Required<StabilizeOptions>;
  readonly #move: NativeFilter;
  readonly #across: Axis;
  readonly #down: Axis;

  constructor(options: Required<StabilizeOptions>) {
    this.#options = options;
    this.#move = new NativeFilter(({ width, height }) => ({
      graph: moveGraph(width, height, options),
    }));
    this.#across = new Axis(options.smoothing, (width) => `scale=${width}:${bands}:flags=area`);
    this.#down = new Axis(options.smoothing, (_, height) => {
      return `scale=${bands}:${height}:flags=area,transpose`;
    });
  }

  start(): void {
    this.#across.forget();
    this.#down.forget();
  }

  async transform(frame: VideoFrame): Promise<VideoFrame | null> {
    using input = frame;
    const { codedWidth, codedHeight, timestamp, duration } = input;
    // Three graphs read it: plain bytes go into FFmpeg's memory once.
    using native = wrapNativeFrame(toNativeFrame(input), { timestamp, duration });
    const { margin } = this.#options;
    const x = await this.#across.correct(native, codedWidth, reach(codedWidth, margin));
    const y = await this.#down.correct(native, codedHeight, reach(codedHeight, margin));
    const commands: FilterCommand[] = [
      ['crop', 'x', String(reach(codedWidth, margin) - x)],
      ['crop', 'y', String(reach(codedHeight, margin) - y)],
    ];
    return await this.#move.run(native, commands);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#move.reset(), this.#across.close(), this.#down.close()]);
  }
}

/** The path of the picture along one of its sides. */
class Axis {
  readonly #filter: NativeFilter;
  readonly #smoothing: number;
  #before: Profile | null = null;
  #position = 0;
  #smooth = 0;
  #frames = 0;

  constructor(smoothing: number, graph: (width: number, height: number) => string) {
    this.#smoothing = smoothing;
    this.#filter = new NativeFilter(({ width, height }) => ({
      graph: `${graph(width, height)},format=gray`,
    }));
  }

  /** How far to move this picture, in whole pixels within `most`. */
  async correct(frame: VideoFrame, length: number, most: number): Promise<number> {
    using picture = await this.#filter.run(frame);
    if (picture === null) return 0;
    const now = { values: picture.toBuffer({ format: 'GRAY8' }), length };
    const before = this.#before;
    this.#before = now;
    if (before === null || before.length !== length) {
      this.#restart();
      return 0;
    }
    this.#position += estimateShift(before, now, most);
    this.#frames += 1;
    // A mean over the frames so far, then over the last ones: it need not wait for its window to fill.
    this.#smooth += (this.#position - this.#smooth) / Math.min(this.#frames + 1, this.#smoothing);
    const wanted = this.#smooth - this.#position;
    // A pan that runs away from the path drags it along, and is not stored up.
    if (Math.abs(wanted) > most) this.#smooth = this.#position + Math.sign(wanted) * most;
    return Math.round(Math.max(-most, Math.min(most, wanted)));
  }

  forget(): void {
    this.#before = null;
  }

  async close(): Promise<void> {
    this.#before = null;
    await this.#filter.reset();
  }

  #restart(): void {
    this.#position = 0;
    this.#smooth = 0;
    this.#frames = 0;
  }
}

/** Pixels that a picture may be moved at most; even, as shared chroma needs it. */
function reach(length: number, margin: number): number {
  return Math.max(2, Math.round((length * margin) / 2) * 2);
}

function moveGraph(width: number, height: number, options: Required<StabilizeOptions>): string {
  const x = reach(width, options.margin);
  const y = reach(height, options.margin);
  if (options.border === 'black') {
    const padded = `${width + (width % 2) + 2 * x}:${height + (height % 2) + 2 * y}`;
    return `pad=${padded}:${x}:${y}:black,crop=${width}:${height}:${x}:${y}:exact=1`;
  }
  const inner = `${Math.max(1, width - 2 * x)}:${Math.max(1, height - 2 * y)}`;
  return `crop=${inner}:${x}:${y}:exact=1,scale=${width}:${height}:flags=bilinear,setsar=1`;
}
