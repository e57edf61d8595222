import sharp from 'sharp';
import type { Frame } from 'node-av/lib';
import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { frameFromPixels } from '../../codec/native-pixels.js';
import { convertFrame } from '../../codec/scale.js';

/** A rectangle of pixels as rows of its Y, U and V planes, ready to be copied into a picture. */
export type Sprite = readonly (readonly Uint8Array[])[];

/** Draws an SVG (with everything opaque) and converts it to an I420 frame that the caller frees. */
export async function renderSvg(svg: string, width: number, height: number): Promise<Frame> {
  const { data } = await sharp(Buffer.from(svg))
    .flatten()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  using rgb = frameFromPixels(data, 'RGB', width, height);
  return convertFrame(rgb, { format: AV_PIX_FMT_YUV420P });
}

/** Cuts a frame of equal tiles, one below the other, into sprites; takes the frame over. */
export function cutSprites(sheet: Frame, tileHeight: number): Sprite[] {
  const count = Math.floor(sheet.height / tileHeight);
  const planes = sheet.data ?? [];
  const { linesize, width } = sheet;
  const sprites = Array.from({ length: count }, (_, tile) =>
    [0, 1, 2].map((plane) => {
      const shift = plane === 0 ? 0 : 1;
      const [rows, stride] = [tileHeight >> shift, linesize[plane] ?? 0];
      return Array.from({ length: rows }, (__, row) => {
        const from = (tile * rows + row) * stride;
        return Uint8Array.from(planes[plane]?.subarray(from, from + (width >> shift)) ?? []);
      });
    }),
  );
  sheet.free();
  return sprites;
}

/** Copies a sprite into an I420 picture's planes. */
export function blit(
  planes: readonly Buffer[],
  strides: readonly number[],
  sprite: Sprite,
  x: number,
  y: number,
): void {
  for (let index = 0; index < 3; index++) {
    const plane = planes[index];
    const rows = sprite[index];
    const stride = strides[index] ?? 0;
    if (plane === undefined || rows === undefined) continue;
    const shift = index === 0 ? 0 : 1;
    let offset = (y >> shift) * stride + (x >> shift);
    for (const row of rows) {
      plane.set(row, offset);
      offset += stride;
    }
  }
}
