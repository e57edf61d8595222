import { Frame } from 'node-av/lib';
import { setPixelConverter } from '../media/buffer-backing.js';
import { nativePixelFormat } from './native-frame.js';
import { convertFrame } from './scale.js';

/** Gives `VideoFrame.toBuffer()` FFmpeg's pixel conversion for frames made from plain bytes. */
export function installPixelConverter(): void {
  setPixelConverter((pixels, from, to, width, height) => {
    using source = Frame.fromVideoBuffer(pixels, {
      width,
      height,
      format: nativePixelFormat(from),
    });
    using target = convertFrame(source, { format: nativePixelFormat(to) });
    return target.toBuffer();
  });
}
