import type { Logger } from '../logger.js';
import type { LinkEstimate } from './link-estimate.js';

/** A STUN or TURN server, after W3C `RTCIceServer`. */
export interface IceServer {
  /** `stun:`, `stuns:`, `turn:` or `turns:` addresses. */
  urls: string | string[];
  /** User on a TURN server. */
  username?: string;
  /** Password on a TURN server. */
  credential?: string;
}

/** An answer as it goes over the wire. */
export interface AnswerDescription {
  /** Always `answer`. */
  readonly type: 'answer';
  /** The session description. */
  readonly sdp: string;
}

/** How `PeerSession.accept` answers. */
export interface PeerSessionOptions {
  /** Names the session in logs and lists. Default: a random UUID. */
  id?: string;
  /**
   * STUN and TURN servers, `urls` and for TURN `username` and `credential`; the first of each kind is used.
   * Default `[]`: nobody is asked, which is all it takes where the viewers reach the server directly.
   */
  iceServers?: readonly IceServer[];
  /** First and last UDP port, both included; a viewer takes one per address family. Default: any. */
  icePortRange?: readonly [number, number];
  /** IP addresses at which viewers reach this machine beside its own, e.g. that of a NAT. Default `[]`. */
  announcedAddresses?: readonly string[];
  /** Name of the stream, which the viewer's page can read as the id of its `MediaStream`. */
  streamName: string;
  /** Takes a line when a session ends, and details. */
  logger: Logger;
  /**
   * How long the connection may take to come up after the answer. Default 30,000, and 10,000 for a viewer of whom
   * nothing at all is heard; what is given here holds for both.
   */
  connectTimeoutMs?: number;
  /** Gives up answering, and rejects with its reason; of no effect afterwards. */
  signal?: AbortSignal;
}

/** A goodbye that is ready to be sent in a session's name by others, should its thread die; plain data. */
export interface Farewell {
  /** The DTLS record; to be sent only when the session sends no more. */
  readonly record: Uint8Array;
  /** UDP port of ours that it must come from. */
  readonly port: number;
  /** Where the viewer is reached. */
  readonly remote: readonly [address: string, port: number];
}

/** Where a session stands. `connected` means that pictures flow. */
export type PeerConnectionState = 'connecting' | 'connected' | 'closed';

/**
 * Why a session ended:
 * - `closed`: by us, with no other reason given
 * - `peer-closed`: the viewer said goodbye
 * - `peer-lost`: nothing was heard of it for 8 s
 * - `connect-timeout`: it was not connected in time after the answer
 * - `connect-failed`: ICE or DTLS failed
 * - `protocol-error`: it broke the data channel's limits
 *
 * or what was given to `PeerSession.close`.
 */
export type CloseReason = string;

/**
 * Why a key frame is wanted: asked for by the viewer, or needed after joining or a drop. `joining`: the viewer has been found and
 * will be connected in a moment; one that comes meanwhile may be kept for it, so that its first picture waits for nothing.
 */
export type KeyFrameReason = 'pli' | 'fir' | 'joining' | 'joined' | 'dropped';

/** Events of a `PeerSession`. */
export interface PeerSessionEvents {
  /** Pictures can flow; once. */
  connected: [];
  /** The next picture should be a key frame. Not rate-limited. */
  keyframerequest: [reason: KeyFrameReason];
  /** What is known of the link has changed: at most four times a second, at once when it gets congested. */
  link: [link: LinkEstimate];
  /** The viewer has opened a data channel: `sendMessage()` reaches it from now on. */
  channelopen: [];
  /** JSON from the viewer's data channel. */
  message: [value: unknown];
  /** The last event; the session is closed. */
  close: [reason: CloseReason];
}
