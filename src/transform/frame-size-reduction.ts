import type { FrameTransform } from '../media/contracts.js';
import { checkNumber } from './arguments.js';
import { even, scaling } from './scaling.js';
import type { Size } from './scaling.js';

/**
 * Makes pictures smaller by a share of their width and height, as vidgear's option of this name does:
 * 40 makes 1280x720 into 768x432. Sides are rounded to even.
 *
 * @param percent - 0 (as they are) to 90.
 * @throws {TypeError | RangeError} naming `percent`.
 */
export function frameSizeReduction(percent: number): FrameTransform {
  const factor = 1 - checkNumber('percent', percent, 0, 90) / 100;
  const sizeFor = ({ width, height }: Size): Size => {
    return factor === 1
      ? { width, height }
      : { width: even(width * factor), height: even(height * factor) };
  };
  return scaling(`frameSizeReduction ${percent}%`, sizeFor, 'fill');
}
