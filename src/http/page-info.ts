/** One STUN or TURN server for the browser, as W3C's `RTCIceServer`. */
export interface PageIceServer {
  /** `stun:host:port` or `turn:host:port?transport=udp`. */
  readonly urls: string | readonly string[];
  /** For TURN. */
  readonly username?: string;
  /** For TURN. */
  readonly credential?: string;
}

/** What the pages show and what the browser has to know. Asked for at each rendering. */
export interface PageInfo {
  /** Name of the stream, for people; without credentials. */
  readonly streamName: string;
  /** Version of FrameGear. */
  readonly version: string;
  /** Handed to the browser's `RTCPeerConnection`. */
  readonly iceServers: readonly PageIceServer[];
}
