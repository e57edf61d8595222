import { describe, expect, it } from 'vitest';
import { readOfferBody } from '../../../../src/realtime/webrtc/offer-body.js';

function faults(body: unknown): unknown[] {
  const read = readOfferBody(body);
  return read.ok ? [] : [...read.detail];
}

describe('readOfferBody', () => {
  it('reads an offer, and keeps its extra fields apart', () => {
    const body = { webrtc_id: 'a', type: 'offer', sdp: 'v=0', room: 7, candidate: null };
    expect(readOfferBody(body)).toEqual({
      ok: true,
      value: { id: 'a', type: 'offer', sdp: 'v=0', candidate: null, fields: { room: 7 } },
    });
  });

  it('takes a type that nobody knows, and null for what may be missing', () => {
    const read = readOfferBody({ webrtc_id: 'a', type: 'hello', sdp: null });
    expect(read).toMatchObject({ ok: true, value: { type: 'hello', sdp: null, candidate: null } });
  });

  it('names a missing field, with the body as input', () => {
    const body = { type: 'offer', sdp: 'x' };
    expect(faults(body)).toEqual([
      { type: 'missing', loc: ['body', 'webrtc_id'], msg: 'Field required', input: body },
    ]);
  });

  it('names all faults in the order of the schema', () => {
    const body = { sdp: 5, candidate: [1], type: null };
    expect(faults(body)).toEqual([
      {
        type: 'string_type',
        loc: ['body', 'sdp'],
        msg: 'Input should be a valid string',
        input: 5,
      },
      {
        type: 'dict_type',
        loc: ['body', 'candidate'],
        msg: 'Input should be a valid dictionary',
        input: [1],
      },
      {
        type: 'string_type',
        loc: ['body', 'type'],
        msg: 'Input should be a valid string',
        input: null,
      },
      { type: 'missing', loc: ['body', 'webrtc_id'], msg: 'Field required', input: body },
    ]);
  });

  it.each([[[]], ['text'], [5], [true]])('refuses %o as a body', (body) => {
    expect(faults(body)).toEqual([
      {
        type: 'model_attributes_type',
        loc: ['body'],
        msg: 'Input should be a valid dictionary or object to extract fields from',
        input: body,
      },
    ]);
  });

  it.each([null, undefined])('misses a body that is %s', (body) => {
    expect(faults(body)).toEqual([
      { type: 'missing', loc: ['body'], msg: 'Field required', input: null },
    ]);
  });

  it('refuses an empty id and one of more than 128 characters', () => {
    expect(faults({ type: 'offer', webrtc_id: '' })).toMatchObject([
      { type: 'string_too_short', ctx: { min_length: 1 } },
    ]);
    expect(faults({ type: 'offer', webrtc_id: 'x'.repeat(129) })).toMatchObject([
      { type: 'string_too_long', ctx: { max_length: 128 } },
    ]);
    expect(faults({ type: 'offer', webrtc_id: 'x'.repeat(128) })).toEqual([]);
  });
});
