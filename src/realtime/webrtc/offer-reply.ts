import { InvalidStateError, NegotiationError, StreamError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { SchemaFault } from './offer-body.js';

/** What `POST /webrtc/offer` answers. */
export interface OfferReply {
  /** 422 for a body that does not fit the schema, else 200, also for failures. */
  readonly status: number;
  /** Sent as JSON. */
  readonly body: object;
}

/** A candidate was taken. */
export const candidateTaken: OfferReply = { status: 200, body: { status: 'success' } };

/** FastAPI's answer to a body of the wrong shape. */
export function schemaReply(detail: readonly SchemaFault[]): OfferReply {
  return { status: 422, body: { detail } };
}

/** FastRTC's answer to what went wrong. */
export function failedReply(error: string, more: object = {}): OfferReply {
  return { status: 200, body: { status: 'failed', meta: { error, ...more } } };
}

/** What an offer fails with: `connection_already_exists`, `invalid_offer`, ...; our own faults are logged with their stack. */
export function errorReply(error: unknown, logger: Logger): OfferReply {
  if (error instanceof StreamError) {
    const { code, message } = error;
    if (code === 'connection_already_exists') return failedReply(code);
    if (code === 'concurrency_limit_reached') {
      return failedReply(code, { limit: (error as { limit?: unknown }).limit });
    }
    if (error instanceof NegotiationError) {
      return failedReply(negotiationCodes[code] ?? code.replaceAll('-', '_'), { message });
    }
    if (error instanceof InvalidStateError) {
      return failedReply('stream_closed', { message: 'The stream is closing.' });
    }
    logger.warn({ err: error }, 'an offer could not be answered');
    return failedReply(code.replaceAll('-', '_'), { message });
  }
  logger.error({ err: error }, 'answering an offer failed');
  return failedReply('internal_error', {
    message: 'The server could not answer; its log says why.',
  });
}

/** Clients tell apart what they may do about it; how an offer is broken is in the message. */
const negotiationCodes: Readonly<Record<string, string>> = {
  'wrong-type': 'invalid_offer',
  'missing-sdp': 'invalid_offer',
  'too-large': 'invalid_offer',
  'invalid-sdp': 'invalid_offer',
};
