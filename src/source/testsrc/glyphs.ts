/** One character: strokes on a grid 12 units high, baseline at 12, and its width. */
interface Glyph {
  path: string;
  width: number;
}

/** Space between characters, in grid units. */
const gap = 3.4;

const glyphs: Record<string, Glyph> = {
  '0': { path: 'M0 4a4 4 0 0 1 8 0v4a4 4 0 0 1-8 0z', width: 8 },
  '1': { path: 'M1.2 2.6L4.6 0v12', width: 8 },
  '2': { path: 'M.3 3.1A3.9 3.7 0 0 1 8 3.9C8 6.3 3.2 8.8 0 12h8', width: 8 },
  '3': { path: 'M.5 2.1A3.7 3 0 1 1 4.2 5.7H3.4M4.2 5.7A3.9 3.15 0 1 1 .1 9.6', width: 8 },
  '4': { path: 'M6 12V0L0 8.6h8', width: 8 },
  '5': { path: 'M7.3 0H1.1L.7 5.3A4.6 4.6 0 0 1 4 4.3A4 3.85 0 1 1 .2 9.7', width: 8 },
  '6': { path: 'M6.9.1C3.4 1.2 0 4.4 0 8.1A4 3.9 0 1 0 .2 7.2', width: 8 },
  '7': { path: 'M0 0h8L3 12', width: 8 },
  '8': {
    path: 'M.8 3a3.2 3 0 1 1 6.4 0a3.2 3 0 1 1-6.4 0M0 9a4 3 0 1 1 8 0a4 3 0 1 1-8 0',
    width: 8,
  },
  '9': { path: 'M1.1 11.9C4.6 10.8 8 7.6 8 3.9A4 3.9 0 1 0 7.8 4.8', width: 8 },
  ':': { path: 'M1 3.4h.01M1 9h.01', width: 2 },
  '.': { path: 'M1 12h.01', width: 2 },
  '-': { path: 'M0 6.5h5', width: 5 },
  '/': { path: 'M0 13L5-1', width: 5 },
  '×': { path: 'M0 4l6 6M6 4L0 10', width: 6 },
  ' ': { path: '', width: 3 },
  A: { path: 'M0 12L4.2 0L8.4 12M1.5 8h5.4', width: 8.4 },
  B: { path: 'M0 0h4a3 2.9 0 0 1 0 5.8H0zM0 5.8h4.4a3.1 3.1 0 0 1 0 6.2H0z', width: 7.5 },
  C: { path: 'M8.4 2.4A4.6 4.6 0 0 0 0 4.4v3.2a4.6 4.6 0 0 0 8.4 2', width: 8.4 },
  D: { path: 'M0 0h3.4A5 5 0 0 1 8.4 5v2a5 5 0 0 1-5 5H0z', width: 8.4 },
  E: { path: 'M7 0H0v12h7M0 5.8h6', width: 7 },
  F: { path: 'M7 0H0v12M0 5.8h6', width: 7 },
  G: { path: 'M8.4 2.4A4.6 4.6 0 0 0 0 4.4v3.2a4.3 4.3 0 0 0 8.6 0V6.6H5', width: 8.6 },
  H: { path: 'M0 0v12M8 0v12M0 5.8h8', width: 8 },
  I: { path: 'M0 0v12', width: 0 },
  J: { path: 'M6 0v8.5a3 3.4 0 0 1-6 0', width: 6 },
  K: { path: 'M0 0v12M7.6 0L0 7.4M2.6 5L7.8 12', width: 7.8 },
  L: { path: 'M0 0v12h6.6', width: 6.6 },
  M: { path: 'M0 12V0l5 8l5-8v12', width: 10 },
  N: { path: 'M0 12V0l8 12V0', width: 8 },
  O: { path: 'M0 4.6a4.6 4.6 0 0 1 9.2 0v2.8a4.6 4.6 0 0 1-9.2 0z', width: 9.2 },
  P: { path: 'M0 12V0h4.2a3.3 3.3 0 0 1 0 6.6H0', width: 7.5 },
  Q: { path: 'M0 4.6a4.6 4.6 0 0 1 9.2 0v2.8a4.6 4.6 0 0 1-9.2 0zM6 9l3.4 3.4', width: 9.4 },
  R: { path: 'M0 12V0h4.2a3.2 3.2 0 0 1 0 6.4H0M4.2 6.4L7.6 12', width: 7.6 },
  S: { path: 'M7.3 2A4 3 0 0 0 .4 3.2C.4 7 7.8 5 7.8 8.8A4 3.2 0 0 1 0 9.9', width: 7.8 },
  T: { path: 'M0 0h8.4M4.2 0v12', width: 8.4 },
  U: { path: 'M0 0v7.8a4.1 4.2 0 0 0 8.2 0V0', width: 8.2 },
  V: { path: 'M0 0l4.2 12L8.4 0', width: 8.4 },
  W: { path: 'M0 0l3 12L6 3l3 9l3-12', width: 12 },
  X: { path: 'M0 0l8 12M8 0L0 12', width: 8 },
  Y: { path: 'M0 0l4.2 6L8.4 0M4.2 6v6', width: 8.4 },
  Z: { path: 'M0 0h7.6L0 12h7.6', width: 7.6 },
};

/** How {@link textPath} draws. */
export interface TextStyle {
  /** Left edge; with `anchor: 'end'` the right one. */
  x: number;
  /** Top edge of the capitals. */
  y: number;
  /** Height of the capitals. */
  height: number;
  /** CSS colour. */
  color: string;
  /** Thickness of the strokes, of a grid 12 high. Default 1.5. */
  weight?: number;
  /** Space added between characters, in the same grid. Default 0. */
  spacing?: number;
  /** Default `start`. */
  anchor?: 'start' | 'end';
}

/** Width of a text that {@link textPath} would draw. */
export function textWidth(text: string, height: number, spacing: number = 0): number {
  const widths = [...text].map((character) => glyphFor(character).width);
  const units = widths.reduce((sum, width) => sum + width + gap + spacing, 0);
  return Math.max(0, units - gap - spacing) * (height / 12);
}

/**
 * Text as SVG strokes, in capitals: a machine without fonts draws it the same.
 *
 * @throws {RangeError} for a character that is not drawn here.
 */
export function textPath(text: string, style: TextStyle): string {
  const { x, y, height, color, weight = 1.5, spacing = 0, anchor = 'start' } = style;
  const scale = height / 12;
  let cursor = anchor === 'end' ? x - textWidth(text, height, spacing) : x;
  const paths = [...text].map((character) => {
    const { path, width } = glyphFor(character);
    const at = `translate(${cursor.toFixed(2)} ${y}) scale(${scale.toFixed(4)})`;
    cursor += (width + gap + spacing) * scale;
    return path === '' ? '' : `<path transform="${at}" d="${path}"/>`;
  });
  return (
    `<g fill="none" stroke="${color}" stroke-width="${weight}" stroke-linecap="round" ` +
    `stroke-linejoin="round">${paths.join('')}</g>`
  );
}

function glyphFor(character: string): Glyph {
  const glyph = glyphs[character];
  if (glyph === undefined) throw new RangeError(`text: no strokes for '${character}'`);
  return glyph;
}
