import type { ReceivableCodecName } from '../../src/media/encoded-video-chunk.js';

/** A picture that looks like the codec's on its outside, `size` bytes long. No decoder could show it. */
export function bitstream(codec: ReceivableCodecName, type: 'key' | 'delta', size: number): Buffer {
  const body = Buffer.alloc(size, type === 'key' ? 0x42 : 0x43);
  if (codec === 'vp8') {
    body.set(type === 'key' ? [0x10, 0, 0, 0x9d, 1, 0x2a, 64, 0, 48, 0] : [0x11]);
  } else if (codec === 'h264') {
    const startCode = [0, 0, 0, 1];
    body.set(
      type === 'key'
        ? [...startCode, 0x67, 66, 0xe0, 31, ...startCode, 0x68, 0xce, 6, ...startCode, 0x65, 0x88]
        : [...startCode, 0x41, 0x9a],
    );
  }
  return body;
}
