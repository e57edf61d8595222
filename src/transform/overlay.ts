import { statSync } from 'node:fs';
import type { Frame } from 'node-av/lib';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { frameFromPixels, nativePixelFormat } from '../codec/native-pixels.js';
import type { FrameTransform, TransformContext } from '../media/contracts.js';
import type { VideoFrame } from '../media/video-frame.js';
import { checkInteger, checkKeys, checkNumber, checkOneOf, show } from './arguments.js';
import { NativeFilter } from './native-filter.js';
import type { GraphInput, GraphPlan } from './native-graph.js';
import { drawText, fade, loadPicture } from './overlay-picture.js';
import type { OverlayPicture } from './overlay-picture.js';

const positions = {
  'top-left': [0, 0],
  top: [0.5, 0],
  'top-right': [1, 0],
  left: [0, 0.5],
  center: [0.5, 0.5],
  right: [1, 0.5],
  'bottom-left': [0, 1],
  bottom: [0.5, 1],
  'bottom-right': [1, 1],
} as const;

/** Where an {@link overlay} sits. */
export type OverlayPosition = keyof typeof positions;

/** What {@link overlay} takes: `image` or `text`, and how it lies on the picture. */
export interface OverlayOptions {
  /** A picture file's path, its bytes (PNG, JPEG, WebP, SVG, ...), or a sharp image. */
  image?: string | Uint8Array | Sharp;
  /**
   * Text, or what gives it for each frame, e.g. `() => new Date().toLocaleTimeString()`; `''` shows
   * nothing. It is drawn anew only when it changes, in DejaVu Sans Bold, which FrameGear brings along.
   */
  text?: string | ((context: TransformContext) => string);
  /** Default `top-left`. */
  position?: OverlayPosition;
  /** Pixels from the left edge, from the right edge when negative; instead of `position`. */
  x?: number;
  /** Pixels from the top edge, from the bottom edge when negative; instead of `position`. */
  y?: number;
  /** Pixels between a `position` and the edges. Default 16. */
  margin?: number;
  /** 0 (invisible) to 1. Default 1. */
  opacity?: number;
  /** Of the image, pixels. Default: its own, or in its shape by `height`. */
  width?: number;
  /** Of the image, pixels. Default: its own, or in its shape by `width`. */
  height?: number;
  /** Of text, pixels. Default: a twentieth of the picture's height. */
  fontSize?: number;
  /** Of text: `#rrggbb`. Default `#ffffff`. */
  color?: string;
  /** Of a box behind the text: any CSS colour, e.g. `#00000080`. Default: no box. */
  background?: string;
}

/** Formats with brightness apart that FFmpeg's overlay takes as they are. */
const planar = new Set<number>((['I420', 'NV12'] as const).map(nativePixelFormat));

/** Formats that keep red, green and blue together. */
const packed = new Set<number>((['RGB', 'BGR', 'RGBA', 'BGRA'] as const).map(nativePixelFormat));

const optionNames = [
  ...['image', 'text', 'position', 'x', 'y', 'margin', 'opacity', 'width', 'height'],
  ...['fontSize', 'color', 'background'],
];

/**
 * Lays a picture or text over the frames. On `I420` and `NV12` it sits on even pixels; `GRAY8` becomes
 * `I420`.
 *
 * @throws {TypeError | RangeError} naming the option.
 */
export function overlay(options: OverlayOptions): FrameTransform {
  check(options);
  return new Overlay(options);
}

class Overlay implements FrameTransform {
  readonly name: string;
  readonly #options: OverlayOptions;
  readonly #filter = new NativeFilter((input) => this.#plan(input));
  #picture: OverlayPicture | null = null;
  #native: Frame | null = null;
  #drawn = '';

  constructor(options: OverlayOptions) {
    this.#options = options;
    this.name = options.image === undefined ? 'overlay text' : 'overlay image';
  }

  async start(): Promise<void> {
    // A picture that cannot be read is told before the first frame.
    if (this.#options.image !== undefined) await this.#load();
  }

  async transform(frame: VideoFrame, context: TransformContext): Promise<VideoFrame | null> {
    const shown = await this.#prepare(frame, context);
    if (!shown) return frame;
    using input = frame;
    return await this.#filter.run(input);
  }

  async stop(): Promise<void> {
    await this.#show(null);
    this.#drawn = '';
  }

  async #prepare(frame: VideoFrame, context: TransformContext): Promise<boolean> {
    const { text } = this.#options;
    if (text === undefined) {
      await this.#load();
      return true;
    }
    const wanted: unknown = typeof text === 'function' ? text(context) : text;
    if (typeof wanted !== 'string') {
      throw new TypeError(`overlay text: expected a string, got ${show(wanted)}`);
    }
    if (wanted.trim() === '') return false;
    const fontSize = this.#options.fontSize ?? Math.max(8, Math.round(frame.codedHeight / 20));
    const drawing = `${fontSize} ${wanted}`;
    if (drawing !== this.#drawn) {
      const { color = '#ffffff', background = null } = this.#options;
      await this.#show(await drawText(wanted, { fontSize, color, background }));
      this.#drawn = drawing;
    }
    return true;
  }

  async #load(): Promise<void> {
    const { image, width = null, height = null } = this.#options;
    if (this.#picture !== null || image === undefined) return;
    await this.#show(await loadPicture(image, { width, height }));
  }

  /** Another picture needs another graph, since a graph takes its picture once. */
  async #show(picture: OverlayPicture | null): Promise<void> {
    await this.#filter.reset();
    this.#native?.free();
    this.#native = null;
    this.#picture = picture && fade(picture, this.#options.opacity ?? 1);
  }

  #plan(input: GraphInput): GraphPlan {
    const picture = this.#picture as OverlayPicture;
    const { data, width, height } = picture;
    this.#native ??= frameFromPixels(data, 'RGBA', width, height);
    const [x, y] = place(this.#options, input, picture);
    // Left to itself FFmpeg would turn the whole frame into RGBA, as the picture is.
    const format = packed.has(input.format) ? 'rgb' : 'yuv420';
    const ready = format === 'rgb' || planar.has(input.format);
    const lay = `overlay=${x}:${y}:format=${format}:eof_action=repeat:eval=init`;
    return {
      graph: `[in]${ready ? 'null' : 'format=yuv420p'}[main];[main][picture]${lay}[out]`,
      pictures: { picture: this.#native },
    };
  }
}

interface Size {
  width: number;
  height: number;
}

function place(options: OverlayOptions, frame: Size, picture: Size): [x: number, y: number] {
  const { position = 'top-left', margin = 16 } = options;
  const [across, down] = positions[position];
  return [
    placeOn(frame.width - picture.width, across, margin, options.x),
    placeOn(frame.height - picture.height, down, margin, options.y),
  ];
}

/** @param room - Pixels left free beside the picture, negative when it is the larger one. */
function placeOn(room: number, share: number, margin: number, fixed: number | undefined): number {
  if (fixed !== undefined) return Object.is(fixed, -0) || fixed < 0 ? room + fixed : fixed;
  return Math.round(margin + (room - 2 * margin) * share);
}

function check(options: OverlayOptions): void {
  checkKeys('overlay options', options, optionNames);
  const { image, text } = options;
  if ((image === undefined) === (text === undefined)) {
    throw new TypeError('overlay: expected either image or text');
  }
  if (image !== undefined) checkImage(image);
  if (text !== undefined && typeof text !== 'string' && typeof text !== 'function') {
    throw new TypeError(`text: expected a string or a function, got ${show(text)}`);
  }
  const { position, color, background } = options;
  if (position !== undefined) {
    checkOneOf('position', position, Object.keys(positions) as OverlayPosition[]);
  }
  for (const field of ['x', 'y'] as const) {
    if (options[field] !== undefined) checkInteger(field, options[field], -16_384, 16_384);
  }
  if (options.margin !== undefined) checkInteger('margin', options.margin, 0, 16_384);
  if (options.opacity !== undefined) checkNumber('opacity', options.opacity, 0, 1);
  for (const field of ['width', 'height'] as const) {
    if (options[field] !== undefined) checkInteger(field, options[field], 1, 16_384);
  }
  if (options.fontSize !== undefined) checkInteger('fontSize', options.fontSize, 4, 1000);
  if (color !== undefined && !/^#[0-9a-f]{6}$/i.test(color)) {
    throw new TypeError(`color: expected #rrggbb, got ${show(color)}`);
  }
  if (background !== undefined) checkColor('background', background);
}

function checkColor(field: string, color: unknown): void {
  try {
    sharp({ create: { width: 1, height: 1, channels: 4, background: color as string } });
  } catch {
    throw new TypeError(`${field}: expected a CSS colour, got ${show(color)}`);
  }
}

function checkImage(image: unknown): void {
  if (typeof image === 'string') {
    if (statSync(image, { throwIfNoEntry: false })?.isFile() === true) return;
    throw new TypeError(`image: no such file: ${image}`);
  }
  if (image instanceof Uint8Array) return;
  if (typeof (image as Sharp | null)?.ensureAlpha === 'function') return;
  throw new TypeError(`image: expected a path, a Buffer or a sharp image, got ${show(image)}`);
}
