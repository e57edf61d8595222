import type { MediaConnection } from '../core/stream-port.js';
import type { TransportLink } from '../core/transport-link.js';
import type { ClientCandidate } from './client-candidate.js';

/** A link that an offer was answered with. */
export interface AnsweredLink extends TransportLink {
  /** For the client; holds all our candidates. */
  readonly answer: { readonly type: 'answer'; readonly sdp: string };
  /** Of the client's ICE, from its offer. */
  readonly remoteUsernameFragment: string;
  /** Takes a candidate of the client. Never throws. */
  addCandidate(candidate: ClientCandidate): void;
  /** Joins it to its connection, which it starts when media can flow and closes when the peer goes. */
  join(connection: MediaConnection): void;
}

/** An offer that a link is wanted for. */
export interface LinkRequest {
  /** `webrtc_id`. */
  readonly id: string;
  /** As the client named it. */
  readonly type: string;
  /** As the client sent it. */
  readonly sdp: string | null;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a link for an offer.
 *
 * @throws {NegotiationError} for an offer that cannot be taken; nothing is left open then.
 */
export type LinkMaker = (request: LinkRequest) => Promise<AnsweredLink>;
