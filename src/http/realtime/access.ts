import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from '../../logger.js';
import type { ConnectionSlot, StreamPort } from '../../realtime/core/stream-port.js';
import { isSecureRequest } from '../../realtime/telephone/request-url.js';
import { applicationAllows, judgeOrigin, setCorsHeaders } from './origin.js';
import { makeOwner, ownerCookieText, Owners, readOwner } from './owners.js';
import { answerDetail } from './respond.js';
import type { AccessOptions, AuthorizeDetails, StreamAction } from './stream-host.js';

/** What {@link Access} needs. */
export interface AccessInit extends AccessOptions {
  readonly port: StreamPort;
  readonly logger: Logger;
}

/** Who may use a stream: pages by their origin, requests by the application's own rule, connections by their owner. */
export class Access {
  readonly #options: AccessInit;
  readonly #owners: Owners | null;

  constructor(options: AccessInit) {
    this.#options = options;
    this.#owners = options.protectIds ? new Owners(options.port) : null;
  }

  /** Lets only pages of allowed origins pass, and lets those of listed ones read the answer. */
  readonly checkOrigin: RequestHandler = (request, response, next) => {
    const { allowedOrigins } = this.#options;
    const verdict = judgeOrigin(request, allowedOrigins);
    if (verdict === 'listed') {
      setCorsHeaders(request, response, { credentials: allowedOrigins !== '*' });
    } else if (verdict === 'refused' && !applicationAllows(request, response)) {
      answerDetail(response, 403, refusal(request));
      return;
    }
    next();
  };

  /** The same for WebSockets, for which no browser asks before it sends. */
  allowsSocketOf(request: IncomingMessage): boolean {
    return judgeOrigin(request, this.#options.allowedOrigins) !== 'refused';
  }

  /** Asks `authorize`; one that fails lets nobody pass. */
  async permits(request: IncomingMessage, details: AuthorizeDetails): Promise<boolean> {
    const { authorize, logger } = this.#options;
    if (authorize === null) return true;
    try {
      return (await authorize(request, details)) === true;
    } catch (err) {
      logger.error({ err, ...details }, 'authorize failed; the request is refused');
      return false;
    }
  }

  /** The same for a route: answers 401 itself. */
  async admits(
    request: Request,
    response: Response,
    action: StreamAction,
    webrtcId: string | null = null,
  ): Promise<boolean> {
    if (await this.permits(request, { action, webrtcId })) return true;
    answerDetail(response, 401, 'Unauthorized');
    return false;
  }

  /** Whether a request may have to do with a connection. */
  mayUse(id: string, request: IncomingMessage): boolean {
    return this.#owners?.mayUse(id, request) ?? true;
  }

  /** Whether a request may add candidates to a connection. */
  mayTrickle(id: string, request: IncomingMessage): boolean {
    return this.#owners?.mayTrickle(id, request) ?? true;
  }

  /** Makes the browser known, by a cookie with the answer. */
  introduce(request: Request, response: Response): Visitor {
    const visitor = this.meet(request);
    if (visitor.cookie !== null) response.append('Set-Cookie', visitor.cookie);
    return visitor;
  }

  /** Who asks; with a cookie to set when the browser is new. */
  meet(request: IncomingMessage): Visitor {
    const owners = this.#owners;
    if (owners === null) return { cookie: null, claim: () => undefined };
    const known = readOwner(request);
    const owner = known ?? makeOwner();
    const crossSite = judgeOrigin(request, this.#options.allowedOrigins) === 'listed';
    const cookie =
      known === null ? ownerCookieText(owner, { secure: isSecure(request), crossSite }) : null;
    return { cookie, claim: (id) => owners.claim(id, owner) };
  }

  /** A stream whose new connections belong to `visitor`; `null`: to nobody, as calls do. */
  portFor(visitor: Visitor | null): StreamPort {
    const { port } = this.#options;
    if (this.#owners === null) return port;
    const claim = visitor?.claim ?? ((id: string): void => this.#owners?.claim(id, null));
    return new ClaimingPort(port, claim);
  }
}

/** A browser. */
export interface Visitor {
  /** To be set; `null` when it has one, or needs none. */
  readonly cookie: string | null;
  /** Makes a connection its own. */
  readonly claim: (id: string) => void;
}

/** A stream that tells whose its places are. */
class ClaimingPort implements StreamPort {
  readonly #port: StreamPort;
  readonly #claim: (id: string) => void;

  constructor(port: StreamPort, claim: (id: string) => void) {
    this.#port = port;
    this.#claim = claim;
  }

  get modality(): StreamPort['modality'] {
    return this.#port.modality;
  }

  get mode(): StreamPort['mode'] {
    return this.#port.mode;
  }

  get prototype(): StreamPort['prototype'] {
    return this.#port.prototype;
  }

  async reserve(request: Parameters<StreamPort['reserve']>[0]): Promise<ConnectionSlot> {
    const slot = await this.#port.reserve(request);
    this.#claim(request.id);
    return slot;
  }

  find(id: string): ReturnType<StreamPort['find']> {
    return this.#port.find(id);
  }

  hasEnded(id: string): boolean {
    return this.#port.hasEnded(id);
  }
}

function refusal({ headers }: IncomingMessage): string {
  return `Pages of ${headers.origin ?? 'other origins'} may not use this stream (allowedOrigins)`;
}

/** A cookie may be for HTTPS alone when the browser came by it, also through a proxy. */
function isSecure({ headers, socket }: IncomingMessage): boolean {
  return isSecureRequest(headers, (socket as { encrypted?: boolean }).encrypted === true);
}
