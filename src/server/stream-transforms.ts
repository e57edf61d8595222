import type { ResolvedOptions } from '../config/server-options.js';
import type { FrameTransform } from '../media/contracts.js';
import { colorspace } from '../transform/colorspace.js';
import { filter } from '../transform/filter.js';
import { frameSizeReduction } from '../transform/frame-size-reduction.js';
import { resize } from '../transform/resize.js';
import { stabilize } from '../transform/stabilize.js';

/**
 * The edits that options ask for, to run before the user's own transforms, in the order of the
 * original: size and steadiness first, so that what comes after has less to do.
 *
 * @throws {TypeError} naming the option.
 */
export function streamEdits(options: ResolvedOptions): FrameTransform[] {
  const edits: FrameTransform[] = [];
  if (options.resolution) edits.push(resize(...options.resolution));
  if (options.frameSizeReduction > 0) edits.push(frameSizeReduction(options.frameSizeReduction));
  if (options.stabilize) edits.push(stabilize());
  if (options.colorspace !== undefined) edits.push(colorspace(options.colorspace));
  if (options.videoFilter !== undefined) edits.push(videoFilter(options.videoFilter));
  return edits;
}

function videoFilter(graph: string): FrameTransform {
  try {
    return filter(graph);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(error.message.replace(/^filter:/, 'videoFilter:'), { cause: error });
  }
}
