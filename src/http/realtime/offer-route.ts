import type { RequestHandler } from 'express';
import type { Access } from './access.js';
import { readJsonBody } from './json-body.js';
import { answerDetail, answerFailed } from './respond.js';
import type { StreamHost } from './stream-host.js';

/** An offer has 3 to 20 KiB; this leaves room for any list of candidates. */
const maxOfferBytes = 256 * 1024;

/** `POST /webrtc/offer`: offers, and candidates trickled to the same place. */
export function offerHandlers(host: StreamHost, access: Access): RequestHandler[] {
  return [
    ...readJsonBody(maxOfferBytes),
    async (request, response) => {
      const body = request.body as unknown;
      const { id, isCandidate } = lookAt(body);
      const action = isCandidate ? 'candidate' : 'offer';
      if (!(await access.admits(request, response, action, id))) return;
      if (isCandidate && id !== null && !access.mayTrickle(id, request)) {
        answerFailed(response, 'unknown_connection');
        return;
      }
      const hungUp = new AbortController();
      response.once('close', () => {
        if (!response.writableFinished) hungUp.abort(new Error('the client hung up'));
      });
      const { headers } = request;
      const reply = await host.offer(body, { headers, signal: hungUp.signal });
      if (response.destroyed) return;
      if (!isCandidate && id !== null && 'sdp' in reply.body) {
        access.introduce(request, response).claim(id);
      }
      if (reply.status === 422) {
        answerDetail(response, 422, (reply.body as { detail?: unknown }).detail);
        return;
      }
      response.status(reply.status).set('Cache-Control', 'no-store').json(reply.body);
    },
  ];
}

/** What must be known of a body before its schema is checked. */
function lookAt(body: unknown): { id: string | null; isCandidate: boolean } {
  const { webrtc_id: id, type } = (body ?? {}) as { webrtc_id?: unknown; type?: unknown };
  return { id: typeof id === 'string' ? id : null, isCandidate: type === 'ice-candidate' };
}
