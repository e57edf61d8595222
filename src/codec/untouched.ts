import type { CodecParameters } from 'node-av/lib';
import {
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
} from 'node-av/constants';
import type { AVCodecID } from 'node-av/constants';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import { UntouchedAv1 } from './untouched-av1.js';
import { UntouchedH264, unconfigured } from './untouched-h264.js';
import { UntouchedVp8, UntouchedVp9 } from './untouched-vpx.js';

/** A compressed picture as it can be sent. */
export interface UntouchedPicture {
  type: 'key' | 'delta';
  /** JavaScript's own memory, a copy. */
  data: Buffer;
}

/** Turns the packets of one stream into pictures that can be sent, without decoding them. */
export interface UntouchedStream {
  readonly codec: VideoCodecName;
  /** See `EncodedInfo.profile`. */
  readonly profile: string;
  /** Why browsers could not show it, as the end of a sentence; `null` when they can. */
  readonly obstacle: string | null;
  /**
   * @param data - Of one packet; may be overwritten afterwards.
   * @param key - What the container says.
   * @returns `null` for what is damaged or empty.
   */
  picture(data: Buffer, key: boolean): UntouchedPicture | null;
  /** New parameter sets, where a container brings some on the way. */
  configure(extradata: Buffer): void;
}

/** What has to be known of a stream. */
export type StreamParameters = Pick<
  CodecParameters,
  'codecId' | 'extradata' | 'format' | 'videoDelay' | 'profile' | 'level'
>;

const kinds = new Map<AVCodecID, (codecpar: StreamParameters) => UntouchedStream>([
  [AV_CODEC_ID_H264, (codecpar) => new UntouchedH264(codecpar)],
  [AV_CODEC_ID_VP8, () => new UntouchedVp8()],
  [AV_CODEC_ID_VP9, (codecpar) => new UntouchedVp9(codecpar)],
  [AV_CODEC_ID_AV1, (codecpar) => new UntouchedAv1(codecpar)],
]);

/**
 * What is needed to send a stream as it is.
 *
 * @param codecpar - As the demuxer found it; not kept.
 * @returns The reason why that cannot be, as the end of a sentence, in place of a stream.
 */
export function untouchedStream(codecpar: StreamParameters): UntouchedStream | string {
  const create = kinds.get(codecpar.codecId);
  if (create === undefined) return 'browsers cannot take its codec';
  const stream = create(codecpar);
  if (stream.obstacle !== null) return stream.obstacle;
  // FFmpeg's -1 is "not known".
  const { format } = codecpar;
  if (format >= 0 && format !== AV_PIX_FMT_YUV420P && format !== AV_PIX_FMT_YUVJ420P) {
    return 'its pixels are not 8 bit 4:2:0';
  }
  if (codecpar.videoDelay > 0) return reordered;
  return stream;
}

export { unconfigured };

/** The reason for streams whose packets do not say when they are shown. */
export const timeless = 'its packets carry no times';

/** The reason for streams with B-frames: WebRTC has no place for a decoding order. */
export const reordered = 'its pictures are not in the order in which they are shown (B-frames)';
