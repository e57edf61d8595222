/** Audio codecs that FrameGear speaks over RTP. */
export type AudioCodecName = 'opus';

/** What an {@link EncodedAudioChunk} is made from. */
export interface EncodedAudioChunkInit {
  /** Start in microseconds. */
  timestamp: number;
  /** Microseconds; unknown when left out. */
  duration?: number | undefined;
  /** The bitstream: one Opus packet. Not copied. */
  data: Buffer;
}

/**
 * One piece of compressed sound, after W3C WebCodecs; plain data, never written to. Every piece of Opus can
 * be decoded alone, so its `type` is always `key`.
 *
 * @see {@link https://www.w3.org/TR/webcodecs/#encodedaudiochunk}
 */
export class EncodedAudioChunk {
  /** Always `key`. */
  readonly type = 'key' as const;
  /** Start in microseconds. */
  readonly timestamp: number;
  /** Microseconds, or `null` when unknown. */
  readonly duration: number | null;
  /** The bitstream itself, shared: read only. */
  readonly data: Buffer;

  constructor(init: EncodedAudioChunkInit) {
    this.timestamp = init.timestamp;
    this.duration = init.duration ?? null;
    this.data = init.data;
  }

  /** Size of the bitstream. */
  get byteLength(): number {
    return this.data.byteLength;
  }
}
