import type { Frame } from 'node-av/lib';
import type { AVPixelFormat } from 'node-av/constants';
import type { VideoFrame } from '../media/video-frame.js';
import { bt601 } from './frame-colors.js';
import { FramePool } from './frame-pool.js';
import { toNativeFrame } from './native-frame.js';
import { FrameScaler } from './scale.js';

/** The size that is encoded: what 4:2:0 chroma can halve. */
export function encodedSize(width: number, height: number): { width: number; height: number } {
  return { width: Math.max(2, width & ~1), height: Math.max(2, height & ~1) };
}

/**
 * Brings frames of any format to what an encoder takes: its pixel format, even sides, BT.601 in
 * limited range.
 *
 * One meaning for all codecs: VP8 has no way to name another, viewers of different codecs see one picture, and
 * receivers that look at no tags are right too. Chromium and Firefox show it within 2 of 255. A BT.709
 * source costs 1.2 ms per 720p frame for it, a full-range one 0.5 ms, RGB 1.3 ms as with any matrix,
 * BT.601 nothing.
 */
export class EncoderInput {
  readonly #pool: FramePool = new FramePool(2);
  readonly #scaler: FrameScaler = new FrameScaler();

  /**
   * The encoder's own frame of this picture, to be freed by the caller; the picture stays open.
   *
   * @param wanted - Size to scale to, even both ways. Default: the picture's.
   */
  async prepare(
    picture: VideoFrame,
    format: AVPixelFormat,
    wanted?: { width: number; height: number },
  ): Promise<Frame> {
    const native = toNativeFrame(picture, this.#pool);
    try {
      const size = encodedSize(native.width, native.height);
      // The last odd column or row is left out by not looking at it: sharper than scaling, and free.
      native.width = Math.min(native.width, size.width);
      native.height = Math.min(native.height, size.height);
      return await this.#scaler.convertAsync(native, { ...size, ...wanted, format, ...bt601 });
    } finally {
      native.free();
    }
  }

  /** Lets go of buffers and tables. */
  close(): void {
    this.#pool[Symbol.dispose]();
    this.#scaler[Symbol.dispose]();
  }
}
