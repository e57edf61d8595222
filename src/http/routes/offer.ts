import express from 'express';
import type { Request, RequestHandler } from 'express';
import { RequestError } from '../request-error.js';
import { parseTextBody } from './parsed-before.js';

/** A session description as it comes over the wire. */
export interface OfferDescription {
  readonly type: 'offer';
  readonly sdp: string;
}

/** The answer to it, with all of the server's candidates inside. */
export interface AnswerDescription {
  readonly type: 'answer';
  readonly sdp: string;
}

/** Who sent an offer. */
export interface OfferRequestInfo {
  /** Address of the client; behind a proxy only right with Express' `trust proxy`. */
  readonly remoteAddress: string;
  /** The browser's own name for itself, or nothing. */
  readonly userAgent: string;
  /** Aborts when the client hangs up before it got its answer. */
  readonly signal: AbortSignal;
}

/**
 * Negotiates with one viewer. What it rejects with decides the status: see `error-middleware.ts`.
 */
export type OfferHandler = (
  description: OfferDescription,
  info: OfferRequestInfo,
) => Promise<AnswerDescription>;

/** An offer has 3 to 20 KiB; a quarter of a MiB leaves room for any list of candidates. */
const maxOfferBytes = 256 * 1024;

/** Handlers of `POST /offer`: WebGear_RTC's wire. */
export function offerHandlers(offer: OfferHandler): RequestHandler[] {
  const readJson = express.json({ limit: maxOfferBytes, strict: false, type: isJson });
  return [
    requireJson,
    readJson,
    async (request, response) => {
      const description = readDescription(request.body);
      const hungUp = new AbortController();
      response.once('close', () => {
        if (!response.writableFinished) hungUp.abort(new Error('the client hung up'));
      });
      const { sdp, type } = await offer(description, {
        remoteAddress: request.ip ?? '',
        userAgent: request.get('user-agent') ?? '',
        signal: hungUp.signal,
      });
      if (!response.destroyed) response.set('Cache-Control', 'no-store').json({ sdp, type });
    },
  ];
}

/** Refuses what is no JSON before its body is read; what the user's own parser read is made JSON. */
const requireJson: RequestHandler = (request, _response, next) => {
  const parsedBefore = (request.body as unknown) !== undefined;
  const length = Number(request.get('content-length') ?? '');
  if (!parsedBefore && length === 0 && request.get('transfer-encoding') === undefined) {
    throw new RequestError('body-missing', 'The body is missing; send JSON { "type", "sdp" }');
  }
  if (!parsedBefore && length > maxOfferBytes) {
    throw new RequestError('body-too-large', `An offer may have ${maxOfferBytes} bytes`);
  }
  if (!parsedBefore && !isJson(request)) {
    throw new RequestError('unsupported-media-type', 'Send the offer as application/json');
  }
  if (parsedBefore) request.body = readJsonBody(request.body);
  next();
};

function isJson(request: { headers: Request['headers'] }): boolean {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  return /^application\/([\w.-]+\+)?json$/i.test(type.trim());
}

function readJsonBody(body: unknown): unknown {
  try {
    return parseTextBody(body);
  } catch {
    throw new RequestError('invalid-json', 'The body is no valid JSON');
  }
}

function readDescription(body: unknown): OfferDescription {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new RequestError('invalid-offer', 'The body must be a JSON object { "type", "sdp" }');
  }
  const { type, sdp } = body as { type?: unknown; sdp?: unknown };
  if (type !== 'offer') {
    throw new RequestError('invalid-offer', `"type" must be "offer", got ${shown(type)}`);
  }
  if (typeof sdp !== 'string' || sdp.trim() === '') {
    throw new RequestError(
      'invalid-offer',
      `"sdp" must be a session description, got ${shown(sdp)}`,
    );
  }
  return { type, sdp };
}

/** A short piece of what was sent, to name it in the answer. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > 40 ? `${json.slice(0, 40)}...` : json;
}
