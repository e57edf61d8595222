import type { IncomingHttpHeaders } from 'node:http';
import { silentLogger } from '../../logger.js';
import type { Logger } from '../../logger.js';
import type { MediaConnection, StreamPort } from '../core/stream-port.js';
import type { AnsweredLink, LinkMaker } from './answered-link.js';
import { readCandidate } from './client-candidate.js';
import type { ClientCandidate } from './client-candidate.js';
import { EarlyCandidates } from './early-candidates.js';
import { readOfferBody } from './offer-body.js';
import type { OfferBody } from './offer-body.js';
import { candidateTaken, errorReply, failedReply, schemaReply } from './offer-reply.js';
import type { OfferReply } from './offer-reply.js';

/** Who posted a body. */
export interface OfferRequest {
  /** Of the HTTP request. */
  readonly headers: IncomingHttpHeaders;
  /** Aborts when the client hung up before it got its answer. */
  readonly signal?: AbortSignal;
}

/** What an {@link OfferDesk} works with. */
export interface OfferDeskOptions {
  /** The stream. */
  readonly port: StreamPort;
  /** Makes the links of its connections. */
  readonly makeLink: LinkMaker;
  /** Told of our own faults. Default: silent. */
  readonly logger?: Logger;
}

/**
 * Answers the bodies of `POST /webrtc/offer`, as FastRTC does: offers, and candidates trickled after or before them. Owns nothing
 * that needs closing: links belong to their connections.
 */
export class OfferDesk {
  readonly #port: StreamPort;
  readonly #makeLink: LinkMaker;
  readonly #logger: Logger;
  readonly #early: EarlyCandidates = new EarlyCandidates();
  /** Of connections that have not ended for good. */
  readonly #joined: Map<string, { link: AnsweredLink; connection: MediaConnection }> = new Map();
  /** Ids of offers that are being answered, and how many of each. */
  readonly #underWay: Map<string, number> = new Map();

  constructor({ port, makeLink, logger = silentLogger }: OfferDeskOptions) {
    this.#port = port;
    this.#makeLink = makeLink;
    this.#logger = logger;
  }

  /**
   * Answers one body. Never rejects: what fails is in the reply.
   *
   * @param body - Parsed JSON, of any shape.
   */
  async handle(body: unknown, request: OfferRequest): Promise<OfferReply> {
    const checked = readOfferBody(body);
    if (!checked.ok) return schemaReply(checked.detail);
    const offer = checked.value;
    if (offer.type === 'ice-candidate') return this.#takeCandidate(offer);
    const logger = this.#logger.child({ connection: offer.id });
    try {
      const { type, sdp } = await this.#answer(offer, request);
      return { status: 200, body: { sdp, type } };
    } catch (error) {
      if (request.signal?.aborted === true) return failedReply('client_gone');
      return errorReply(error, logger);
    }
  }

  async #answer(offer: OfferBody, request: OfferRequest): Promise<AnsweredLink['answer']> {
    const { id, type, sdp, fields } = offer;
    const { headers, signal } = request;
    this.#begin(id);
    try {
      const slot = await this.#port.reserve({ id, transport: 'webrtc', headers, fields });
      try {
        signal?.throwIfAborted();
        const link = await this.#makeLink({ id, type, sdp, ...(signal && { signal }) });
        let connection: MediaConnection;
        try {
          signal?.throwIfAborted();
          connection = slot.attach(link);
        } catch (error) {
          await link.close('refused');
          throw error;
        }
        this.#join(connection, link);
        return link.answer;
      } finally {
        slot.release();
      }
    } finally {
      this.#end(id);
    }
  }

  #join(connection: MediaConnection, link: AnsweredLink): void {
    const { id } = connection;
    this.#joined.set(id, { link, connection });
    void connection.ended.finally(() => {
      // Its successor may have come already.
      if (this.#joined.get(id)?.link === link) this.#joined.delete(id);
    });
    for (const candidate of this.#early.take(id)) {
      if (belongsTo(candidate, link)) link.addCandidate(candidate);
    }
    link.join(connection);
  }

  #takeCandidate({ id, candidate: given }: OfferBody): OfferReply {
    const candidate = readCandidate(given);
    const link = this.#liveLink(id);
    const known = link !== undefined || this.#underWay.has(id);
    if (typeof candidate === 'string') {
      return known ? failedReply(candidate) : this.#unknown(id);
    }
    if (link !== undefined && belongsTo(candidate, link)) link.addCandidate(candidate);
    // It may be of another life of the client, whose offer is still to come.
    const certain =
      link !== undefined && candidate.usernameFragment === link.remoteUsernameFragment;
    if (!certain && candidate.line !== null) this.#early.add(id, candidate);
    return known ? candidateTaken : this.#unknown(id);
  }

  #liveLink(id: string): AnsweredLink | undefined {
    const joined = this.#joined.get(id);
    return joined?.connection.closed === false ? joined.link : undefined;
  }

  #unknown(id: string): OfferReply {
    return failedReply(this.#port.hasEnded(id) ? 'connection_closed' : 'unknown_connection');
  }

  #begin(id: string): void {
    this.#underWay.set(id, (this.#underWay.get(id) ?? 0) + 1);
  }

  #end(id: string): void {
    const left = (this.#underWay.get(id) ?? 1) - 1;
    if (left === 0) this.#underWay.delete(id);
    else this.#underWay.set(id, left);
  }
}

/** Whether a candidate is of the transport that the link was negotiated with; one that names none is taken at its word. */
function belongsTo({ usernameFragment }: ClientCandidate, link: AnsweredLink): boolean {
  return usernameFragment === null || usernameFragment === link.remoteUsernameFragment;
}
