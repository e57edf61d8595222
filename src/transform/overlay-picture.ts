import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { renderText } from '../media/text-picture.js';

/** A picture to lay over others: tightly packed RGBA. */
export interface OverlayPicture {
  data: Buffer;
  width: number;
  height: number;
}

/** How {@link loadPicture} sizes a picture; `null` keeps its own, or its shape when one is given. */
export interface PictureSize {
  width: number | null;
  height: number | null;
}

/** Reads a picture from a path, its encoded bytes, or a sharp image. */
export async function loadPicture(
  image: string | Uint8Array | Sharp,
  size: PictureSize,
): Promise<OverlayPicture> {
  // With one side only `cover` keeps the shape, `fill` would keep the other side.
  const bothGiven = size.width !== null && size.height !== null;
  const opened = typeof image === 'string' || image instanceof Uint8Array ? sharp(image) : image;
  const { data, info } = await opened
    .clone()
    .resize(size.width, size.height, { fit: bothGiven ? 'fill' : 'cover' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** How {@link drawText} looks. */
export interface TextLook {
  /** Pixels. */
  fontSize: number;
  /** Any CSS colour. */
  color: string;
  /** Colour of the box behind the text, or `null` for none. */
  background: string | null;
}

/** Draws text, on a box with a little air around it when it has a background. */
export async function drawText(text: string, look: TextLook): Promise<OverlayPicture> {
  const { fontSize, background } = look;
  const letters = await renderText(text, { fontSize, color: look.color });
  if (background === null) return letters;
  const air = Math.ceil(fontSize / 3);
  const width = letters.width + 2 * air;
  const height = letters.height + 2 * air;
  const input = { width: letters.width, height: letters.height, channels: 4 as const };
  const data = await sharp({ create: { width, height, channels: 4, background } })
    .composite([{ input: letters.data, raw: input, left: air, top: air }])
    .raw()
    .toBuffer();
  return { data, width, height };
}

/** The picture with its opacity multiplied by `opacity`, 0 to 1. */
export function fade(picture: OverlayPicture, opacity: number): OverlayPicture {
  if (opacity === 1) return picture;
  const data = Buffer.from(picture.data);
  for (let i = 3; i < data.length; i += 4) data[i] = Math.round((data[i] as number) * opacity);
  return { ...picture, data };
}
