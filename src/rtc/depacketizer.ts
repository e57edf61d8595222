import type { ReceivableCodecName } from '../media/encoded-video-chunk.js';
import { H264Depacketizer } from './depacketize-h264.js';
import { Vp8Depacketizer } from './depacketize-vp8.js';
import { Vp9Depacketizer } from './depacketize-vp9.js';
import type { WholePicture } from './whole-picture.js';

/** Makes pictures of RTP payloads. Takes any bytes; never throws. */
export interface Depacketizer {
  /** True when a key picture begins with this payload. */
  startsKeyFrame(payload: Buffer): boolean;
  /** The picture of all its payloads in order, none of them empty; `null` when they make none. */
  join(payloads: readonly Buffer[]): WholePicture | null;
}

/** A depacketizer for one stream. */
export function createDepacketizer(codec: ReceivableCodecName): Depacketizer {
  switch (codec) {
    case 'h264':
      return new H264Depacketizer();
    case 'vp8':
      return new Vp8Depacketizer();
    case 'vp9':
      return new Vp9Depacketizer();
  }
}
