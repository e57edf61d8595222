import { VideoStreamHandler } from 'framegear';
import type { VideoFrame } from 'framegear';

/** Works 100 ms on each picture; with `skipFrames` always on the newest. */
export default new VideoStreamHandler(
  (frame: VideoFrame): VideoFrame => {
    const end = performance.now() + 100;
    while (performance.now() < end);
    return frame;
  },
  { skipFrames: true },
);
