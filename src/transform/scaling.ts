import type { FrameTransform } from '../media/contracts.js';
import { FilterTransform } from './filter-transform.js';
import type { GraphInput } from './native-graph.js';

/** How a picture of another shape is made to fit. */
export type ResizeFit = 'fill' | 'contain' | 'cover';

/** Pixels in a row, and rows. */
export interface Size {
  width: number;
  height: number;
}

/** A transform that scales pictures (bicubic) to the size that `sizeFor` gives for theirs. */
export function scaling(
  name: string,
  sizeFor: (input: Size) => Size,
  fit: ResizeFit,
): FrameTransform {
  return new FilterTransform(
    name,
    (input) => ({ graph: scaleGraph(input, sizeFor(input), fit) }),
    ({ codedWidth, codedHeight }) => {
      const { width, height } = sizeFor({ width: codedWidth, height: codedHeight });
      return width === codedWidth && height === codedHeight;
    },
  );
}

function scaleGraph(input: GraphInput, target: Size, fit: ResizeFit): string {
  const { width, height } = target;
  const across = width / input.width;
  const down = height / input.height;
  if (fit === 'contain') {
    const factor = Math.min(across, down);
    const inner = {
      width: Math.min(width, even(input.width * factor)),
      height: Math.min(height, even(input.height * factor)),
    };
    // `pad` only makes even sides where chroma is shared by two pixels.
    const padded = `${width + (width % 2)}:${height + (height % 2)}`;
    const cut = `crop=${width}:${height}:0:0:exact=1`;
    return `scale=${inner.width}:${inner.height},pad=${padded}:-1:-1:black,${cut},setsar=1`;
  }
  if (fit === 'cover') {
    const factor = Math.max(across, down);
    const inner = {
      width: Math.min(input.width, Math.round(width / factor)),
      height: Math.min(input.height, Math.round(height / factor)),
    };
    return `crop=${inner.width}:${inner.height}:exact=1,scale=${width}:${height},setsar=1`;
  }
  return `scale=${width}:${height},setsar=1`;
}

/** The nearest even number of pixels, at least 2. */
export function even(pixels: number): number {
  return Math.max(2, Math.round(pixels / 2) * 2);
}
