import type { VideoFrame } from 'framegear';

/** Holds every picture up for 100 ms. */
export default async function slow(frame: VideoFrame): Promise<VideoFrame> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return frame;
}
