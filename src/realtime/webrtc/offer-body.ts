import { maxIdLength } from '../core/stream-port.js';

/** What `POST /webrtc/offer` carries, checked. */
export interface OfferBody {
  /** Chosen by the client; 1 to 128 characters. */
  readonly id: string;
  /** `offer` or `ice-candidate`; anything else is refused later, as the original does. */
  readonly type: string;
  /** The session description of an offer. */
  readonly sdp: string | null;
  /** What `RTCIceCandidate.toJSON()` gives; `null` is the end of candidates. */
  readonly candidate: Readonly<Record<string, unknown>> | null;
  /** Everything else in the body. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One fault of a body, in the words of FastAPI with pydantic 2. */
export interface SchemaFault {
  /** Names the rule, e.g. `missing`. */
  readonly type: string;
  /** Where: `['body', field]`. */
  readonly loc: readonly string[];
  /** For people. */
  readonly msg: string;
  /** What was got; for `missing`, what it is missing in. */
  readonly input: unknown;
  /** Parameters of the rule. */
  readonly ctx?: Readonly<Record<string, unknown>>;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Checks a body as FastRTC's schema does; all faults at once, in the schema's order of fields. */
export function readOfferBody(
  body: unknown,
): { ok: true; value: OfferBody } | { ok: false; detail: readonly SchemaFault[] } {
  if (body === null || body === undefined) {
    const fault = { type: 'missing', loc: ['body'], msg: 'Field required', input: null };
    return { ok: false, detail: [fault] };
  }
  if (!isObject(body)) {
    const msg = 'Input should be a valid dictionary or object to extract fields from';
    return {
      ok: false,
      detail: [{ type: 'model_attributes_type', loc: ['body'], msg, input: body }],
    };
  }
  const { webrtc_id: id, type, sdp = null, candidate = null, ...fields } = body;
  const detail = [
    ...(sdp === null ? [] : stringFaults(body, 'sdp')),
    ...(candidate === null || isObject(candidate) ? [] : [notObject('candidate', candidate)]),
    ...stringFaults(body, 'type'),
    ...idFaults(body),
  ];
  if (detail.length > 0) return { ok: false, detail };
  const value = { id, type, sdp, candidate, fields } as OfferBody;
  return { ok: true, value };
}

function stringFaults(body: JsonObject, field: string): SchemaFault[] {
  const loc = ['body', field];
  const input = body[field];
  if (input === undefined) return [{ type: 'missing', loc, msg: 'Field required', input: body }];
  if (typeof input === 'string') return [];
  return [{ type: 'string_type', loc, msg: 'Input should be a valid string', input }];
}

function idFaults(body: JsonObject): SchemaFault[] {
  const faults = stringFaults(body, 'webrtc_id');
  const input = body['webrtc_id'];
  if (typeof input !== 'string') return faults;
  const loc = ['body', 'webrtc_id'];
  if (input === '') {
    const msg = 'String should have at least 1 character';
    return [{ type: 'string_too_short', loc, msg, input, ctx: { min_length: 1 } }];
  }
  if (input.length > maxIdLength) {
    const msg = `String should have at most ${maxIdLength} characters`;
    return [{ type: 'string_too_long', loc, msg, input, ctx: { max_length: maxIdLength } }];
  }
  return [];
}

function notObject(field: string, input: unknown): SchemaFault {
  const msg = 'Input should be a valid dictionary';
  return { type: 'dict_type', loc: ['body', field], msg, input };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
