import { setPixelConverter } from '../media/buffer-backing.js';
import { bt601 } from './frame-colors.js';
import { frameFromPixels, nativePixelFormat } from './native-pixels.js';
import { FramePool } from './frame-pool.js';
import { FrameScaler } from './scale.js';

const scaler = new FrameScaler({ poolSize: 1 });
const pool = new FramePool(1);

/**
 * Gives `VideoFrame.toBuffer()` FFmpeg's pixel conversion for frames made from plain bytes. Importing
 * `native-frame.js` does it already; a second call changes nothing.
 */
export function installPixelConverter(): void {
  setPixelConverter((pixels, from, to, width, height) => {
    using source = frameFromPixels(pixels, from, width, height, pool);
    using target = scaler.convert(source, { format: nativePixelFormat(to), ...bt601 });
    return target.toBuffer();
  });
}
