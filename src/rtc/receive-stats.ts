/** What came of one stream. Counts are since the peer joined. */
export interface ReceiveStats {
  /** RTP packets, without those sent again. */
  packetsReceived: number;
  /** RTP payload bytes, without those sent again. */
  bytesReceived: number;
  /** Packets that never came the first time; duplicates make it negative. */
  packetsLost: number;
  /** Share of packets lost lately, 0 to 1. */
  fractionLost: number;
  /** Variation of arrival times in ms. */
  jitterMs: number;
  /** Whole pictures, or pieces of sound. */
  framesReceived: number;
  /** Pictures among them that can be decoded alone. */
  keyFramesReceived: number;
  /** Times that pictures were lost up to the next key frame, or pieces of sound that never came. */
  framesLost: number;
  /** Packets asked for again. */
  packetsAskedFor: number;
  /** Packets that came again by RTX. */
  packetsRecovered: number;
  /** Key frames asked for. */
  keyFramesAskedFor: number;
}

/** All zero. */
export function createReceiveStats(): ReceiveStats {
  return {
    packetsReceived: 0,
    bytesReceived: 0,
    packetsLost: 0,
    fractionLost: 0,
    jitterMs: 0,
    framesReceived: 0,
    keyFramesReceived: 0,
    framesLost: 0,
    packetsAskedFor: 0,
    packetsRecovered: 0,
    keyFramesAskedFor: 0,
  };
}
