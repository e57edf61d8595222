import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { EncodedVideoChunk, ReceivableCodecName } from '../media/encoded-video-chunk.js';
import type { CloseReason, KeyFrameReason, PeerSessionOptions } from './peer-session-types.js';
import type { ReceiveStats } from './receive-stats.js';
import type { MessageStats, SendStats } from './viewer-stats.js';

/** Which way a kind of media goes, seen from us. */
export interface MediaDirections {
  /** We send it. */
  readonly send: boolean;
  /** We take it. */
  readonly receive: boolean;
}

/** What we want of an offer. */
export interface MediaWishes {
  /** `null`: no video. */
  readonly video: (MediaDirections & { readonly codecs: readonly ReceivableCodecName[] }) | null;
  /** `null`: no audio. Always Opus. */
  readonly audio: MediaDirections | null;
  /** False: a section of a kind that we do not want is an error (`unsupported-track`); true: it is refused in the answer. */
  readonly allowExtraTracks: boolean;
}

/** How `MediaPeer.accept` answers. */
export interface MediaPeerOptions extends PeerSessionOptions {
  /** Most bits a second that the peer shall send of video; told it by REMB. Default 2,500,000. */
  maxReceiveBitrate?: number;
}

/** What went to a peer and what came of it; `null` where nothing goes that way. */
export interface MediaPeerStats extends MessageStats {
  /** Of the sound sent. */
  readonly sentAudio: SendStats | null;
  /** Of the pictures sent. */
  readonly sentVideo: SendStats | null;
  /** Of the peer's sound. */
  readonly receivedAudio: ReceiveStats | null;
  /** Of the peer's pictures. */
  readonly receivedVideo: ReceiveStats | null;
  /** Round trip in ms; `null` before it was measured. */
  readonly roundTripMs: number | null;
}

/** Events of a `MediaPeer`. */
export interface MediaPeerEvents {
  /** Media can flow; once. */
  connected: [];
  /** A piece of the peer's sound, in order. `lostBefore`: pieces missing before it, at most 50. */
  audio: [chunk: EncodedAudioChunk, lostBefore: number];
  /** A picture of the peer, complete and in order; after a loss the next is a key frame. */
  video: [chunk: EncodedVideoChunk, codec: ReceivableCodecName];
  /** The next picture sent should be a key frame. Not rate-limited. */
  keyframerequest: [reason: KeyFrameReason];
  /** How much the peer says it can take, in bits a second (REMB). */
  bandwidth: [bitrate: number];
  /** A data channel is open: `sendText()` reaches the peer from now on. */
  channelopen: [label: string];
  /** Text or bytes of a data channel. */
  message: [data: string | Buffer, label: string];
  /** The last event. */
  close: [reason: CloseReason];
}
