import type { FrameTransform } from '../media/contracts.js';
import { checkOneOf } from './arguments.js';
import { FilterTransform } from './filter-transform.js';

/** Ways to {@link flip} a picture. */
export type FlipDirection = 'horizontal' | 'vertical' | 'both';

const graphs: Record<FlipDirection, string> = {
  horizontal: 'hflip',
  vertical: 'vflip',
  // In this order hflip writes the rows upright.
  both: 'vflip,hflip',
};

/**
 * Mirrors pictures: `horizontal` swaps left and right (as a mirror does), `vertical` top and bottom,
 * `both` turns them by half a turn. Keeps the pixel format.
 */
export function flip(direction: FlipDirection): FrameTransform {
  const graph = graphs[checkOneOf('direction', direction, Object.keys(graphs) as FlipDirection[])];
  return new FilterTransform(`flip ${direction}`, () => ({ graph }));
}
