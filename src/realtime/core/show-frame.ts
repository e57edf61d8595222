import type { VideoFrame } from '../../media/video-frame.js';
import type { LoopHost } from './loop-host.js';

/**
 * Shows a picture, which is closed, at that time; resolves when the next can be taken.
 *
 * @param timestamp - µs.
 */
export async function showFrame(
  frame: VideoFrame,
  timestamp: number,
  host: LoopHost,
): Promise<void> {
  if (host.closed || !host.gives) {
    frame.close();
    if (!host.closed) host.stats.dropped.unwanted += 1;
    return;
  }
  host.stats.videoOut += 1;
  await host.link.showVideo(frame.timestamp === timestamp ? frame : retimed(frame, timestamp));
}

function retimed(frame: VideoFrame, timestamp: number): VideoFrame {
  const other = frame.clone({ timestamp });
  frame.close();
  return other;
}
