import { FormatContext, Option } from 'node-av/lib';
import { AV_OPT_SEARCH_CHILDREN, AV_OPT_SEARCH_FAKE_OBJ } from 'node-av/constants';
import type { AVOptionSearchFlags } from 'node-av/constants';

/** Searches every demuxer, device and protocol of this FFmpeg, not only those in use. */
const everywhere = (AV_OPT_SEARCH_CHILDREN | AV_OPT_SEARCH_FAKE_OBJ) as AVOptionSearchFlags;

/**
 * Names that no demuxer, device or protocol of this FFmpeg has as an option; FFmpeg passes over them
 * without a word. Which of the others an input makes use of cannot be told.
 */
export function unknownInputOptions(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const context = new FormatContext();
  context.allocContext();
  try {
    return names.filter((name) => Option.find(context.getNative(), name, everywhere) === null);
  } finally {
    context.freeContext();
  }
}
