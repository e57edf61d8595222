// The shortest transform there is: one exported function.
//
//   npx framegear --transform examples/grayscale.ts
import { VideoFrame } from 'framegear';

export default function gray(frame: VideoFrame): VideoFrame {
  const { codedWidth, codedHeight, timestamp } = frame;
  const pixels = frame.toBuffer({ format: 'GRAY8' });
  frame.close(); // a transform owns the frame it is given
  return VideoFrame.fromBuffer(pixels, { format: 'GRAY8', codedWidth, codedHeight, timestamp });
}
