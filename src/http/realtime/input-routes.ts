import type { Request, RequestHandler, Response } from 'express';
import type { Access } from './access.js';
import { fieldFault, readJsonBody } from './json-body.js';
import { answerDetail, answerFailed } from './respond.js';
import type { StreamAction, StreamHost } from './stream-host.js';

/** Inputs may hold a conversation, or a picture. */
const maxInputBytes = 4 * 1024 * 1024;

/**
 * `POST /input_hook`: the fields beside `webrtc_id`, in their order, become the inputs; or those in a list `inputs` that
 * stands alone.
 */
export function inputHandlers(host: StreamHost, access: Access): RequestHandler[] {
  return [
    ...readJsonBody(maxInputBytes),
    async (request, response) => {
      const body = readBody(request, response);
      if (body === null || !(await isAdmitted('input', body.id, request, response, access))) return;
      const inputs = inputsOf(body.fields);
      if (inputs.length === 0) {
        const { webrtc_id, ...fields } = request.body as Record<string, unknown>;
        answerDetail(response, 422, [
          fieldFault('body', 'inputs', undefined, { webrtc_id, ...fields }),
        ]);
        return;
      }
      const known = access.mayUse(body.id, request) && host.setInput(body.id, inputs);
      if (known) response.set('Cache-Control', 'no-store').json({ status: 'ok' });
      else answerFailed(response, 'unknown_connection');
    },
  ];
}

/** `POST /trigger_response`: a handler that takes turns replies now. */
export function triggerHandlers(host: StreamHost, access: Access): RequestHandler[] {
  return [
    ...readJsonBody(maxInputBytes),
    async (request, response) => {
      const body = readBody(request, response);
      if (body === null) return;
      const { id, fields } = body;
      if (!(await isAdmitted('trigger', id, request, response, access))) return;
      if (!access.mayUse(id, request)) {
        answerFailed(response, 'unknown_connection');
        return;
      }
      const inputs = inputsOf(fields);
      const answer = host.triggerResponse(id, inputs.length > 0 ? inputs : undefined);
      response.set('Cache-Control', 'no-store').json(answer);
    },
  ];
}

interface InputBody {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Answers 422 itself for what is no body of ours. */
function readBody(request: Request, response: Response): InputBody | null {
  const body = request.body as unknown;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const missing = { type: 'missing', loc: ['body'], msg: 'Field required', input: null };
    const msg = 'Input should be a valid dictionary or object to extract fields from';
    const wrong = { type: 'model_attributes_type', loc: ['body'], msg, input: body };
    answerDetail(response, 422, [body == null ? missing : wrong]);
    return null;
  }
  const { webrtc_id: id, ...fields } = body as Record<string, unknown>;
  if (typeof id === 'string') return { id, fields };
  answerDetail(response, 422, [fieldFault('body', 'webrtc_id', id, body)]);
  return null;
}

function isAdmitted(
  action: StreamAction,
  id: string,
  request: Request,
  response: Response,
  access: Access,
): Promise<boolean> {
  return access.admits(request, response, action, id);
}

function inputsOf(fields: InputBody['fields']): readonly unknown[] {
  const values = Object.values(fields);
  const { inputs } = fields;
  return values.length === 1 && Array.isArray(inputs) ? (inputs as unknown[]) : values;
}
