import type { Sharp } from 'sharp';
import type { FrameTransform, TransformContext } from '../media/contracts.js';
import { VideoFrame } from '../media/video-frame.js';
import { describe } from './to-transform.js';

/** Edits one picture as a sharp image: `RGB`, or `RGBA` for frames with alpha. */
export type SharpEdit = (image: Sharp, context: TransformContext) => Sharp | Promise<Sharp>;

/**
 * A transform out of sharp operations: `sharpTransform((image) => image.blur(4))`. Costs two
 * conversions of the picture beside what sharp does.
 *
 * @param edit - Its image may have another size; what it throws counts as the transform's failure.
 * @throws {TypeError} when `edit` is no function.
 */
export function sharpTransform(edit: SharpEdit): FrameTransform {
  if (typeof edit !== 'function') {
    throw new TypeError(`edit: expected a function, got ${describe(edit)}`);
  }
  const transform = async (frame: VideoFrame, context: TransformContext): Promise<VideoFrame> => {
    using input = frame;
    const { timestamp, duration } = input;
    const image: unknown = await edit(input.toSharp(), context);
    if (typeof (image as Sharp | null)?.toColourspace !== 'function') {
      throw new TypeError(`sharpTransform: expected a sharp image back, got ${describe(image)}`);
    }
    return VideoFrame.fromSharp(image as Sharp, { timestamp, duration });
  };
  return { name: edit.name === '' ? 'sharpTransform' : edit.name, transform } as FrameTransform;
}
