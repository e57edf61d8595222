import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** DejaVu Sans Bold, which ships with FrameGear: a fresh machine may have no fonts at all. */
const fontFile: string = fileURLToPath(
  new URL('../../assets/fonts/DejaVuSans-Bold.ttf', import.meta.url),
);

/** How {@link renderText} draws. */
export interface TextPictureOptions {
  /** Height of a line of capital letters and descenders, pixels; roughly the CSS font size. */
  fontSize: number;
  /** `#rrggbb`. Default `#ffffff`. */
  color?: string;
  /** Break lines so that none is longer, pixels. Default: no breaks. */
  width?: number;
  /** Default `left`. */
  align?: 'left' | 'centre';
}

/** A picture of text with a transparent background, as tight as the letters; RGBA. */
export interface TextPicture {
  /** Tightly packed RGBA. */
  data: Buffer;
  width: number;
  height: number;
}

/** Draws text with the packaged font; the text is taken as it is, without markup. */
export async function renderText(text: string, options: TextPictureOptions): Promise<TextPicture> {
  const { fontSize, color = '#ffffff', width, align = 'left' } = options;
  const escaped = text.replace(
    /[&<>]/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c,
  );
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="${color}">${escaped}</span>`,
      // Pango counts in points; at 72 dpi a point is a pixel.
      font: `DejaVu Sans Bold ${fontSize}`,
      dpi: 72,
      fontfile: fontFile,
      rgba: true,
      align,
      ...(width === undefined ? {} : { width, wrap: 'word-char' }),
    },
  })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
