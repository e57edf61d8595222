import type { ResolvedOptions, TransformInput } from '../config/server-options.js';
import { colorspace } from '../transform/colorspace.js';
import { filter } from '../transform/filter.js';
import { frameSizeReduction } from '../transform/frame-size-reduction.js';
import { resize } from '../transform/resize.js';
import { stabilize } from '../transform/stabilize.js';

/**
 * The edits that options ask for, then the user's own, in the order of the original: size and
 * steadiness first, so that what comes after has less to do.
 */
export function streamTransforms(options: ResolvedOptions): TransformInput[] {
  const edits: TransformInput[] = [];
  if (options.resolution) edits.push(resize(...options.resolution));
  if (options.frameSizeReduction > 0) edits.push(frameSizeReduction(options.frameSizeReduction));
  if (options.stabilize) edits.push(stabilize());
  if (options.colorspace !== undefined) edits.push(colorspace(options.colorspace));
  if (options.videoFilter !== undefined) edits.push(filter(options.videoFilter));
  return [...edits, ...options.transforms];
}
