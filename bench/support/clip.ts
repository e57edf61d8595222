import { makeClip } from '../../test/fixtures/make.js';
import { MovingPictures } from '../../test/support/moving-pictures.js';

/** Five seconds of H.264 at 30 frames/s, with B-frames, as hard on an encoder as a camera's pictures. */
export function makeBenchClip(width: number, height: number): Promise<string> {
  const pictures = new MovingPictures(width, height);
  return makeClip({
    seconds: 5,
    size: [width, height],
    framerate: 30,
    bFrames: 2,
    picture: (index) => pictures.rgb(index),
  });
}
