import type { VideoCodecName } from './encoded-video-chunk.js';

/** Sizes that a stream is sent in: untouched as it came in; then encoded at full, half and quarter width and height. */
export type RenditionLevel = 'source' | 'full' | 'half' | 'quarter';

/** Every {@link RenditionLevel}, best first. */
export const renditionLevels: readonly RenditionLevel[] = ['source', 'full', 'half', 'quarter'];

/** One encoding of a stream's pictures; plain data, the same in every thread. */
export interface RenditionInfo {
  /** Names it within its stream: `codec/level`, e.g. `vp8/half`. */
  readonly id: string;
  /** What its pictures are compressed with. */
  readonly codec: VideoCodecName;
  /** Its size. */
  readonly level: RenditionLevel;
  /** Bits per second it takes at its best; for `source` as measured, 0 before that. */
  readonly bitrate: number;
  /** Bits per second below which it is not worth looking at: a viewer with less moves down. */
  readonly minBitrate: number;
  /** Of `source` alone: what a decoder must be able to do, see `EncodedPictures.profile`. */
  readonly profile?: string;
  /**
   * Of `source` alone: the longest time between key frames lately, ms; absent before it was measured. No request makes them come sooner,
   * as it does with what is encoded here.
   */
  readonly keyFrameMs?: number;
}
