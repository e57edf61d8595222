import { FFmpegError, Frame } from 'node-av/lib';
import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { blit, cutSprites, renderSvg } from './sprite.js';
import type { Sprite } from './sprite.js';
import {
  backgroundSvg,
  ballSheetSvg,
  clockText,
  elapsedText,
  frameText,
  gearBox,
  gearSheetSvg,
  millisText as clockMillisText,
  palette,
  textSheetSvg,
  track,
} from './test-picture-svg.js';
import { drawTimestampStrip } from './timestamp-strip.js';

/** Shape of a test picture. */
export interface TestPictureOptions {
  width: number;
  height: number;
  /** Shown on the picture. */
  framerate: number;
}

/** What runs on a test picture. */
export interface TestPictureState {
  /** Shown as local time, and carried by the strip; ms since 1970. */
  timeMs: number;
  /** Since the source started, ms. */
  elapsedMs: number;
  /** Counts from 0. */
  frameNumber: number;
}

/** Positions of the gear within one tooth. */
const gearPhases = 30;
/** Teeth that pass in a second: twelve make a turn. */
const teethPerSecond = 2;
/** How long the ball takes from one end to the other, ms. */
const trackMs = 2000;

const digits = [...'0123456789'];
const marks = [...':.'];

/** A row of text whose characters change: each is a tile, copied into its cell. */
interface Readout {
  tiles: ReadonlyMap<string, { sprite: Sprite; width: number }>;
  x: number;
  y: number;
}

type Readouts = Record<'clock' | 'millis' | 'frame' | 'elapsed', Readout>;

/** A picture that is drawn again when nobody else holds it any more. */
interface Sheet {
  frame: Frame;
  /** Its memory. */
  canvas: Canvas;
  /** Where the ball is in it. */
  ballX: number;
}

/** Pictures kept to be drawn again; a pipeline holds about three at a time. */
const keptSheets = 6;

/**
 * Draws the test picture: what stands still once, then per frame a copy of it with clock, counter,
 * gear, ball and time strip copied in.
 */
export class TestPicture implements Disposable {
  readonly #place: Place;
  readonly #background: Frame;
  readonly #gear: readonly Sprite[];
  readonly #ball: readonly Sprite[];
  readonly #readouts: Readouts;
  readonly #sheets: Sheet[] = [];

  private constructor(
    place: Place,
    still: { background: Frame; gear: readonly Sprite[]; ball: readonly Sprite[] },
    readouts: Readouts,
  ) {
    this.#place = place;
    this.#background = still.background;
    this.#gear = still.gear;
    this.#ball = still.ball;
    this.#readouts = readouts;
  }

  /** Draws what stands still, and every position of what moves; the work is off the main thread. */
  static async create({ width, height, framerate }: TestPictureOptions): Promise<TestPicture> {
    const place = new Place(width, height);
    const gearSize = place.even(gearBox.size);
    const ballSize = place.even(track.height);
    const trackMiddle = place.exactY(track.y + track.height / 2) - place.y(track.y);
    const clockWidth = 6 * place.cell(clockText.height) + 2 * place.markCell(clockText.height);
    const millisText = { ...clockMillisText, x: clockText.x, indent: clockWidth };
    const [background, gear, ball, clock, millis, frame, elapsed] = await Promise.all([
      renderSvg(backgroundSvg(width, height, framerate), width, height),
      renderSvg(gearSheetSvg(gearSize, gearPhases), gearSize, gearSize * gearPhases),
      renderSvg(ballSheetSvg(ballSize, trackMiddle, place.pixels(3)), ballSize, ballSize * 2),
      readout(place, clockText, palette.text),
      readout(place, millisText, palette.accent),
      readout(place, frameText, palette.text),
      readout(place, elapsedText, palette.text),
    ]);
    return new TestPicture(
      place,
      { background, gear: cutSprites(gear, gearSize), ball: cutSprites(ball, ballSize) },
      { clock, millis, frame, elapsed },
    );
  }

  /** A frame in I420 for the caller to free; only what moves is drawn where an old one can serve. */
  draw({ timeMs, elapsedMs, frameNumber }: TestPictureState): Frame {
    const sheet = this.#takeSheet();
    const { canvas } = sheet;
    const date = new Date(timeMs);
    const { clock, millis, frame, elapsed } = this.#readouts;
    canvas.write(clock, clockOf([date.getHours(), date.getMinutes(), date.getSeconds()]));
    canvas.write(millis, `.${String(date.getMilliseconds()).padStart(3, '0')}`);
    canvas.write(frame, String(frameNumber % 100_000_000).padStart(8, '0'));
    const seconds = Math.floor(elapsedMs / 1000);
    const running = [Math.floor(seconds / 3600) % 100, Math.floor(seconds / 60) % 60, seconds % 60];
    canvas.write(elapsed, clockOf(running));
    const phase = Math.floor((elapsedMs * teethPerSecond * gearPhases) / 1000) % gearPhases;
    canvas.blit(this.#gear[phase], this.#place.x(gearBox.x), this.#place.y(gearBox.y));
    this.#moveBall(canvas, sheet, elapsedMs);
    canvas.strip(timeMs);
    const picture = sheet.frame.clone();
    if (picture === null) throw new Error('FFmpeg could not reference a frame: out of memory');
    return picture;
  }

  /** Frees the pre-drawn picture. */
  [Symbol.dispose](): void {
    for (const { frame } of this.#sheets.splice(0)) frame.free();
    this.#background.free();
  }

  #moveBall(canvas: Canvas, sheet: Sheet, elapsedMs: number): void {
    const [ball, emptyTrack] = this.#ball;
    const way = 1 - Math.abs(((elapsedMs / trackMs) % 2) - 1);
    const y = this.#place.y(track.y);
    canvas.blit(emptyTrack, sheet.ballX, y);
    sheet.ballX = this.#place.x(track.x + way * (track.width - track.height));
    canvas.blit(ball, sheet.ballX, y);
  }

  /** An old picture that all readers have closed, else a new one. */
  #takeSheet(): Sheet {
    const free = this.#sheets.find(({ frame }) => frame.isWritable);
    if (free !== undefined) return free;
    const frame = new Frame();
    frame.alloc();
    frame.format = AV_PIX_FMT_YUV420P;
    frame.width = this.#background.width;
    frame.height = this.#background.height;
    FFmpegError.throwIfError(frame.getBuffer(), 'allocate a frame');
    FFmpegError.throwIfError(frame.copy(this.#background), 'copy the test picture');
    FFmpegError.throwIfError(frame.copyProps(this.#background), 'copy its colours');
    const sheet = { frame, canvas: new Canvas(frame), ballX: this.#place.x(track.x) };
    this.#sheets.push(sheet);
    if (this.#sheets.length > keptSheets) this.#sheets.shift()?.frame.free();
    return sheet;
  }
}

/**
 * Puts sprites into a frame's planes. Made once per frame: V8 counts the bytes of `Frame.data` as its own, and
 * collects garbage for them.
 */
class Canvas {
  readonly #frame: Frame;
  readonly #planes: readonly Buffer[];
  readonly #strides: readonly number[];

  constructor(frame: Frame) {
    this.#frame = frame;
    this.#planes = frame.data ?? [];
    this.#strides = frame.linesize;
  }

  blit(sprite: Sprite | undefined, x: number, y: number): void {
    if (sprite !== undefined) blit(this.#planes, this.#strides, sprite, x, y);
  }

  write({ tiles, x, y }: Readout, text: string): void {
    let left = x;
    for (const character of text) {
      const tile = tiles.get(character);
      this.blit(tile?.sprite, left, y);
      left += tile?.width ?? 0;
    }
  }

  strip(timeMs: number): void {
    const [luma] = this.#planes;
    const [stride = 0] = this.#strides;
    const { width, height } = this.#frame;
    if (luma !== undefined) drawTimestampStrip(luma, stride, width, height, timeMs);
  }
}

/** From units of 1280x720 to even pixels of the picture. */
class Place {
  readonly #scale: number;
  readonly #left: number;
  readonly #top: number;

  constructor(width: number, height: number) {
    this.#scale = Math.min(width / 1280, height / 720);
    this.#left = (width - 1280 * this.#scale) / 2;
    this.#top = (height - 720 * this.#scale) / 2;
  }

  x(units: number): number {
    return Math.floor((this.#left + units * this.#scale) / 2) * 2;
  }

  y(units: number): number {
    return Math.floor(this.exactY(units) / 2) * 2;
  }

  exactY(units: number): number {
    return this.#top + units * this.#scale;
  }

  even(units: number): number {
    return Math.max(2, Math.round((units * this.#scale) / 2) * 2);
  }

  pixels(units: number): number {
    return units * this.#scale;
  }

  /** Width of a cell for one digit of a running text. */
  cell(height: number): number {
    return this.even(height * 0.88);
  }

  /** Width of a cell for a colon or a point. */
  markCell(height: number): number {
    return this.even(height * 0.36);
  }
}

async function readout(
  place: Place,
  at: { x: number; y: number; height: number; weight: number; indent?: number },
  color: string,
): Promise<Readout> {
  const height = place.even(at.height * 1.25);
  const style = { height: place.pixels(at.height), weight: at.weight, color };
  const draw = async (
    texts: readonly string[],
    width: number,
  ): Promise<[string, { sprite: Sprite; width: number }][]> => {
    const sheet = textSheetSvg(texts, { width, height }, style);
    const sprites = cutSprites(await renderSvg(sheet, width, height * texts.length), height);
    return texts.map((text, index) => [text, { sprite: sprites[index] ?? [], width }]);
  };
  const tiles = await Promise.all([
    draw(digits, place.cell(at.height)),
    draw(marks, place.markCell(at.height)),
  ]);
  return {
    tiles: new Map(tiles.flat()),
    x: place.x(at.x) + (at.indent ?? 0),
    y: place.y(at.y - at.height * 0.125),
  };
}

function clockOf(parts: readonly number[]): string {
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
