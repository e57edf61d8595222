import type { FrameTransform } from '../media/contracts.js';
import { VideoFrame } from '../media/video-frame.js';
import { show } from './arguments.js';
import { toHls, toHsv, toLab, toYCrCb, toYuv } from './color-maths.js';
import type { ColorConversion } from './color-maths.js';
import { grayscale } from './grayscale.js';

/** Colour spaces that {@link colorspace} converts to. */
export type ColorspaceName = 'gray' | 'rgb' | 'hsv' | 'hls' | 'lab' | 'yuv' | 'ycrcb';

const conversions: Record<Exclude<ColorspaceName, 'gray' | 'rgb'>, ColorConversion> = {
  hsv: toHsv,
  hls: toHls,
  lab: toLab,
  yuv: toYuv,
  ycrcb: toYCrCb,
};

/** Every {@link ColorspaceName}. */
export const colorspaceNames: readonly ColorspaceName[] = [
  'gray',
  'rgb',
  ...(Object.keys(conversions) as (keyof typeof conversions)[]),
];

/**
 * Shows pictures in another colour space, as the Python original does with OpenCV's: the channels of
 * that space stand where blue, green and red were, so all but `gray` look wrong in colour on purpose.
 * `rgb` swaps red and blue.
 *
 * @param name - A {@link ColorspaceName} in any case, or OpenCV's name: `COLOR_BGR2HSV`, `BGR2GRAY`,
 *   `COLOR_BGR2YCR_CB`, ...
 * @throws {TypeError} naming `colorspace` when it is neither.
 */
export function colorspace(name: ColorspaceName | (string & {})): FrameTransform {
  const space = parseName(name);
  if (space === 'gray') return grayscale();
  const transform = (frame: VideoFrame): VideoFrame => {
    using input = frame;
    const { codedWidth, codedHeight, timestamp, duration } = input;
    // Written in the order red, green, blue and read as blue, green, red: that is the swap.
    const pixels = input.toBuffer({ format: space === 'rgb' ? 'RGB' : 'BGR' });
    if (space !== 'rgb') conversions[space](pixels);
    const init = { format: 'BGR', codedWidth, codedHeight, timestamp, duration } as const;
    return VideoFrame.fromBuffer(pixels, init);
  };
  return { name: `colorspace ${space}`, transform } as FrameTransform;
}

function parseName(name: unknown): ColorspaceName {
  const plain = String(name)
    .toLowerCase()
    .replace(/^color_/, '')
    .replace(/^bgr2/, '')
    .replace('cr_cb', 'crcb')
    .replace('grey', 'gray');
  const found = colorspaceNames.find((known) => known === plain);
  if (typeof name === 'string' && found !== undefined) return found;
  throw new TypeError(
    `colorspace: expected one of ${colorspaceNames.join(', ')} or COLOR_BGR2..., got ${show(name)}`,
  );
}
