import { VideoFrame } from 'framegear';

/** Inverts every byte of the picture, in plain TypeScript. */
export default function invert(frame: VideoFrame): VideoFrame {
  const { codedWidth, codedHeight, timestamp } = frame;
  const pixels = frame.toBuffer({ format: 'RGB' });
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = 255 - (pixels[i] as number);
  frame.close();
  return VideoFrame.fromBuffer(pixels, { format: 'RGB', codedWidth, codedHeight, timestamp });
}
