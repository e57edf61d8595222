import type { ReceivableCodecName, VideoCodecName } from '../media/encoded-video-chunk.js';
import type { MediaDirections } from './media-peer-types.js';
import type { OfferedAudioCodec, OfferedCodec } from './offered-codecs.js';
import type { SdpSection } from './sdp-text.js';

/** Where the peer says it can be reached; one that {@link PeerOffer} lists is a UDP address. */
export interface RemoteCandidate {
  /** Groups candidates of one network (RFC 8445). */
  readonly foundation: string;
  /** 1, but for RTCP on a port of its own. */
  readonly component: number;
  /** Only `udp` is of use. */
  readonly protocol: 'udp' | 'tcp';
  /** Higher is tried first. */
  readonly priority: number;
  /** IPv4 or IPv6 address, or a name: a browser hides its address behind one of mDNS. */
  readonly address: string;
  /** Port, 0 to 65,535. */
  readonly port: number;
  /** How the peer learned of it. */
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
}

/** One RTP header extension (RFC 8285) of a section. */
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
  /** Lets the peer estimate bandwidth. */
  readonly absSendTime?: OfferedExtension;
  /** Numbers the packets of all sections in one row, so that the peer can say when each arrived. */
  readonly transportSequence?: OfferedExtension;
  /** Asks the peer to show pictures at once. */
  readonly playoutDelay?: OfferedExtension;
}

/** A section of sound or pictures that we make use of. */
export interface OfferedMedia extends MediaDirections {
  /** Its place among the sections. */
  readonly index: number;
  /** Its `a=mid`; empty without one. */
  readonly mid: string;
  /** Header extensions. */
  readonly extensions: OfferedExtensions;
  /** SSRC that the peer says it will send with; `null` when it does not say. */
  readonly ssrc: number | null;
}

/** The section of pictures. */
export interface OfferedVideo<Codec extends VideoCodecName = VideoCodecName> extends OfferedMedia {
  /** The codec chosen, with the payload types and parameters of the offer. */
  readonly codec: OfferedCodec<Codec>;
}

/** The section of sound. */
export interface OfferedAudio extends OfferedMedia {
  /** Opus, with the payload type of the offer. */
  readonly codec: OfferedAudioCodec;
}

/** What an offer says, checked; plain data, nothing is open behind it. */
export interface PeerOffer<Codec extends VideoCodecName = VideoCodecName> {
  /** All sections, in the offer's order. */
  readonly sections: readonly SdpSection[];
  /** The section that pictures go through; `null` when none do. */
  readonly video: OfferedVideo<Codec> | null;
  /** The section that sound goes through; `null` when none does. */
  readonly audio: OfferedAudio | null;
  /** The data channel's section, when there is one on the transport in use. */
  readonly data: { index: number; port: number; maxMessageSize: number } | null;
  /**
   * Indexes of the sections that share the transport in use, in the order of the offer's group: the first
   * one's transport is used. Empty when a single section stands alone.
   */
  readonly bundle: readonly number[];
  /** The peer's ICE credentials and candidates. */
  readonly ice: {
    readonly usernameFragment: string;
    readonly password: string;
    readonly lite: boolean;
    readonly candidates: readonly RemoteCandidate[];
  };
  /** The peer's certificate and who starts the handshake. */
  readonly dtls: {
    readonly setup: 'actpass' | 'active' | 'passive';
    readonly fingerprints: readonly { algorithm: string; value: string }[];
  };
}

/** A viewer's offer: it has a section that wants video. */
export interface ViewerOffer extends PeerOffer {
  readonly video: OfferedVideo;
  /** The profile of compressed pictures that it takes as they are, as it was asked for; `null` when it does not. */
  readonly untouched: string | null;
}

/** An offer for media both ways: any of pictures, sound and a data channel, at least one. */
export type MediaOffer = PeerOffer<ReceivableCodecName>;
