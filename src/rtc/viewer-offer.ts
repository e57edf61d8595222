import type { OfferedCodec } from './offered-codecs.js';
import type { SdpSection } from './sdp-text.js';

/** Where the viewer says it can be reached by UDP; host names are left out. */
export interface RemoteCandidate {
  /** Groups candidates of one network (RFC 8445). */
  readonly foundation: string;
  /** Higher is tried first. */
  readonly priority: number;
  /** IPv4 or IPv6 address. */
  readonly address: string;
  /** UDP port. */
  readonly port: number;
  /** How the viewer learned of it. */
  readonly type: 'host' | 'srflx' | 'relay';
}

/** One RTP header extension (RFC 8285) of the video section. */
export interface OfferedExtension {
  /** 1 to 14. */
  readonly id: number;
  /** True when offered as `recvonly`, which the answer turns round. */
  readonly oneWay: boolean;
}

/** The RTP header extensions that we send; absent when not offered. */
export interface OfferedExtensions {
  /** Names the section a packet belongs to. */
  readonly mid?: OfferedExtension;
  /** Lets the viewer estimate bandwidth. */
  readonly absSendTime?: OfferedExtension;
  /** Asks the viewer to show pictures at once. */
  readonly playoutDelay?: OfferedExtension;
}

/** What a viewer's offer says, checked; plain data, nothing is open behind it. */
export interface ViewerOffer {
  /** The codec chosen, with the payload types and parameters of the offer. */
  readonly codec: OfferedCodec;
  /** Header extensions of the video section. */
  readonly extensions: OfferedExtensions;
  /** All sections, in the offer's order. */
  readonly sections: readonly SdpSection[];
  /** Index of the section that gets the video. */
  readonly videoIndex: number;
  /** The data channel's section, when there is one that shares the video's transport. */
  readonly data: { index: number; port: number; maxMessageSize: number } | null;
  /**
   * Indexes of the sections that share the video's transport, its own among them, in the order of the
   * offer's group: the first one's transport is used. Empty when the video stands alone.
   */
  readonly bundle: readonly number[];
  /** The viewer's ICE credentials and candidates. */
  readonly ice: {
    readonly usernameFragment: string;
    readonly password: string;
    readonly lite: boolean;
    readonly candidates: readonly RemoteCandidate[];
  };
  /** The viewer's certificate and who starts the handshake. */
  readonly dtls: {
    readonly setup: 'actpass' | 'active' | 'passive';
    readonly fingerprints: readonly { algorithm: string; value: string }[];
  };
}
