/** Raw picture layouts that FrameGear reads and writes; names follow W3C WebCodecs where it has one. */
export type VideoPixelFormat = 'I420' | 'NV12' | 'RGBA' | 'BGRA' | 'RGB' | 'BGR' | 'GRAY8';

/** Every {@link VideoPixelFormat}, for validation and messages. */
export const videoPixelFormats: readonly VideoPixelFormat[] = [
  'I420',
  'NV12',
  'RGBA',
  'BGRA',
  'RGB',
  'BGR',
  'GRAY8',
];

/** Where one plane lies in a buffer. */
export interface PlaneLayout {
  /** Bytes from the start of the buffer. */
  offset: number;
  /** Bytes from one row to the next. */
  stride: number;
}

/** One plane of a tightly packed picture: its size in bytes per row and rows. */
export interface PlaneSize {
  /** Bytes in a row. */
  rowBytes: number;
  /** Rows. */
  rows: number;
}

const packedBytes: Partial<Record<VideoPixelFormat, number>> = {
  RGBA: 4,
  BGRA: 4,
  RGB: 3,
  BGR: 3,
  GRAY8: 1,
};

/** Plane sizes of a picture; chroma planes of odd pictures are rounded up, as FFmpeg and W3C do. */
export function planeSizes(format: VideoPixelFormat, width: number, height: number): PlaneSize[] {
  const packed = packedBytes[format];
  if (packed !== undefined) return [{ rowBytes: width * packed, rows: height }];
  const chromaWidth = Math.ceil(width / 2);
  const chromaRows = Math.ceil(height / 2);
  const luma = { rowBytes: width, rows: height };
  if (format === 'NV12') return [luma, { rowBytes: chromaWidth * 2, rows: chromaRows }];
  const chroma = { rowBytes: chromaWidth, rows: chromaRows };
  return [luma, chroma, chroma];
}

/** Bytes of a tightly packed picture. */
export function pictureByteLength(format: VideoPixelFormat, width: number, height: number): number {
  return planeSizes(format, width, height).reduce((sum, p) => sum + p.rowBytes * p.rows, 0);
}
