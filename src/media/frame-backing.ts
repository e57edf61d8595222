import type { VideoPixelFormat } from './pixel-format.js';

/**
 * Where a `VideoFrame` keeps its pixels: plain bytes ({@link BufferBacking}) or FFmpeg's memory
 * (`codec/native-frame.ts`). Each handle is closed on its own; the pixels go with the last.
 */
export interface FrameBacking {
  /** Layout of the pixels, `null` when it has no name here. */
  readonly format: VideoPixelFormat | null;
  /** Pixels in a row. */
  readonly codedWidth: number;
  /** Rows. */
  readonly codedHeight: number;
  /** A fresh, tightly packed copy in `format`, converted where needed. */
  copy(format: VideoPixelFormat): Buffer;
  /** Another handle on the same pixels. */
  clone(): FrameBacking;
  /** Lets go of this handle; called once. */
  close(): void;
}
