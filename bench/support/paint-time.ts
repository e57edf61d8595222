import { VideoFrame } from 'framegear';
import { drawTimestampStrip } from '../../src/source/testsrc/timestamp-strip.js';

/** Paints the time at which the transform runs into the bottom of the picture. */
export default function paintTime(frame: VideoFrame): VideoFrame {
  const now = Date.now();
  const { codedWidth, codedHeight, timestamp } = frame;
  const pixels = frame.toBuffer({ format: 'I420' });
  frame.close();
  drawTimestampStrip(pixels, codedWidth, codedWidth, codedHeight, now);
  return VideoFrame.fromBuffer(pixels, { format: 'I420', codedWidth, codedHeight, timestamp });
}
