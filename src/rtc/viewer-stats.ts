/** What was sent of one stream and how it arrived. Counts are since the peer joined. */
export interface SendStats {
  /** RTP packets sent, without those sent again. */
  packetsSent: number;
  /** RTP payload bytes sent, without those sent again. */
  bytesSent: number;
  /** Pictures sent, or pieces of sound. */
  framesSent: number;
  /** Pictures among them that can be decoded alone. */
  keyFramesSent: number;
  /** Pictures left out because the network did not take them, up to the next key frame. */
  framesDropped: number;
  /** NACK messages from the viewer. */
  nackCount: number;
  /** Packets sent again after a NACK. */
  packetsRetransmitted: number;
  /** Key frames asked for by PLI. */
  pliCount: number;
  /** Key frames asked for by FIR. */
  firCount: number;
  /** Packets that the viewer says it never got; `null` before its first report. */
  packetsLost: number | null;
  /** Share of packets lost lately, 0 to 1; `null` before the first report. */
  fractionLost: number | null;
  /** Variation of arrival times in ms; `null` before the first report. */
  jitterMs: number | null;
  /** Round trip in ms; `null` before it was measured. */
  roundTripMs: number | null;
  /** Bits/s that the viewer thinks it can take (REMB); `null` when it does not say. */
  estimatedBitrate: number | null;
}

/** What went over data channels. */
export interface MessageStats {
  /** Messages sent over data channels. */
  messagesSent: number;
  /** Messages left out because a data channel was full. */
  messagesDropped: number;
}

/** What one viewer got and how it fares; all but `audio` is of its pictures. */
export interface ViewerStats extends SendStats, MessageStats {
  /** Bits per second of pictures that were sent in the last second, without headers and without those sent again. */
  bitrate: number;
  /** Bits per second that its link seems to bear, as far as it was tried; `null` when not known. */
  linkBitrate: number | null;
  /** Of its sound; `null` when it wants none. */
  audio: SendStats | null;
}

/** All zero. */
export function createSendStats(): SendStats {
  return {
    packetsSent: 0,
    bytesSent: 0,
    framesSent: 0,
    keyFramesSent: 0,
    framesDropped: 0,
    nackCount: 0,
    packetsRetransmitted: 0,
    pliCount: 0,
    firCount: 0,
    packetsLost: null,
    fractionLost: null,
    jitterMs: null,
    roundTripMs: null,
    estimatedBitrate: null,
  };
}
