import type { FrameTransform } from '../../src/media/contracts.js';
import type { VideoFrame } from '../../src/media/video-frame.js';
import { frameOf } from './transform-frames.js';

/** A transform that notes what is called with which frames, and does what `answer` says: by default nothing. */
export function recordingTransform(
  answer: (frame: VideoFrame) => unknown = (frame) => frame,
): FrameTransform & { calls: string[]; frames: VideoFrame[] } {
  const calls: string[] = [];
  const frames: VideoFrame[] = [];
  return {
    calls,
    frames,
    start: ({ codedWidth }) => void calls.push(`start ${codedWidth}`),
    transform: (frame) => {
      calls.push('transform');
      frames.push(frame);
      return answer(frame) as VideoFrame;
    },
    stop: () => void calls.push('stop'),
  };
}

/** A frame that can be told by its width, 2, from those that a transform is given, 16 wide. */
export function otherFrame(): VideoFrame {
  return frameOf({ width: 2, height: 2, timestamp: 99 });
}
