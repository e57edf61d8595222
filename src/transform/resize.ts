import type { FrameTransform } from '../media/contracts.js';
import { checkInteger, checkKeys, checkOneOf } from './arguments.js';
import { even, scaling } from './scaling.js';
import type { ResizeFit, Size } from './scaling.js';

/** What {@link resize} takes beside the size. */
export interface ResizeOptions {
  /**
   * `fill` stretches the picture, `contain` keeps its shape between black bars, `cover` keeps its
   * shape and cuts off what stands over. Default `fill`. Only matters when both sides are given.
   */
  fit?: ResizeFit;
}

/**
 * Scales pictures (bicubic). Keeps the pixel format.
 *
 * @param width - Pixels, 2 to 16384; `null`: by `height`, in the picture's shape, rounded to even.
 * @param height - Pixels, likewise.
 * @throws {TypeError | RangeError} naming `width`, `height` or `fit`.
 */
export function resize(
  width: number | null,
  height: number | null,
  options: ResizeOptions = {},
): FrameTransform {
  checkKeys('resize options', options, ['fit']);
  const fit = checkOneOf('fit', options.fit ?? 'fill', ['fill', 'contain', 'cover'] as const);
  if (width !== null) checkInteger('width', width, 2, 16_384);
  if (height !== null) checkInteger('height', height, 2, 16_384);
  if (width === null && height === null) {
    throw new TypeError('width: expected a number here or as height, got null for both');
  }
  const sizeFor = (input: Size): Size => ({
    width: width ?? even((input.width * (height ?? 0)) / input.height),
    height: height ?? even((input.height * (width ?? 0)) / input.width),
  });
  return scaling(`resize ${width ?? 'auto'}x${height ?? 'auto'}`, sizeFor, fit);
}
