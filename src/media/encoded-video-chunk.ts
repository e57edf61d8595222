/** Video codecs that FrameGear sends, by the names of their MIME types in lower case. */
export type VideoCodecName = 'h264' | 'vp8' | 'vp9' | 'av1';

/** Every {@link VideoCodecName}. */
export const videoCodecNames: readonly VideoCodecName[] = ['h264', 'vp8', 'vp9', 'av1'];

/** Those that it receives, too: the video codecs of two-way streams. */
export type ReceivableCodecName = Exclude<VideoCodecName, 'av1'>;

/** Every {@link ReceivableCodecName}. */
export const receivableCodecNames: readonly ReceivableCodecName[] = ['h264', 'vp8', 'vp9'];

/** What a decoder must be able to do to show compressed pictures. */
export interface EncodedPictures {
  readonly codec: VideoCodecName;
  /**
   * As an SDP says it: H.264's `profile-level-id` (six hexadecimal digits), VP9's `profile-id`, AV1's profile, level index and
   * tier (`0-8-0`); empty for VP8.
   */
  readonly profile: string;
}

/** What an {@link EncodedVideoChunk} is made from. */
export interface EncodedVideoChunkInit {
  /** `key` can be decoded alone, `delta` needs what came before. */
  type: 'key' | 'delta';
  /** Presentation time in microseconds. */
  timestamp: number;
  /** Microseconds; unknown when left out. */
  duration?: number;
  /**
   * The bitstream; H.264 in Annex B with its parameter sets before each key picture, AV1 as the OBUs of one
   * temporal unit in the low-overhead format. Not copied.
   */
  data: Buffer;
}

/**
 * One encoded picture, after W3C WebCodecs. Plain data, shared by every viewer: never write to it.
 *
 * @see {@link https://www.w3.org/TR/webcodecs/#encodedvideochunk}
 */
export class EncodedVideoChunk {
  /** `key` can be decoded alone, `delta` needs what came before. */
  readonly type: 'key' | 'delta';
  /** Presentation time in microseconds. */
  readonly timestamp: number;
  /** Microseconds, or `null` when unknown. */
  readonly duration: number | null;
  /** The bitstream itself, shared: read only. */
  readonly data: Buffer;

  constructor(init: EncodedVideoChunkInit) {
    this.type = init.type;
    this.timestamp = init.timestamp;
    this.duration = init.duration ?? null;
    this.data = init.data;
  }

  /** Size of the bitstream. */
  get byteLength(): number {
    return this.data.byteLength;
  }

  /** Copies the bitstream into `destination`. @throws {TypeError} when it does not fit. */
  copyTo(destination: Uint8Array): void {
    if (destination.byteLength < this.byteLength) {
      throw new TypeError(
        `destination: ${this.byteLength} bytes needed, got ${destination.byteLength}`,
      );
    }
    destination.set(this.data);
  }
}

/**
 * One encoded picture cut into RTP payloads once, for all viewers. A viewer puts its own RTP header
 * before each payload; the last one of a picture carries the marker bit.
 */
export interface PacketizedVideoChunk {
  /** The picture the payloads were cut from. */
  readonly chunk: EncodedVideoChunk;
  /** RTP payloads in order, each at most the packetizer's size; shared: read only. */
  readonly payloads: readonly Buffer[];
}
