import { gzipSync } from 'node:zlib';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RealtimeClient } from '../support/realtime-client.js';
import { post, serveStream } from '../support/stream-server.js';

/** What parsers of Express 4 do to bodies that are not theirs. */
const emptyBody: express.RequestHandler = (request, _response, next) => {
  request.body = {};
  next();
};

describe('POST /webrtc/offer', () => {
  it('answers offers, candidates and failures as FastRTC does', async () => {
    const { stream, url } = await serveStream({ concurrencyLimit: 1 }, { path: '/chat' });
    const offer = `${url}/webrtc/offer`;
    const client = await RealtimeClient.connect(async (body) => (await post(offer, body)).body, {
      audio: 'sendrecv',
      trickle: 'after',
      fields: { room: 7 },
    });
    onTestFinished(() => client.close());
    expect(client.candidateReplies).toContainEqual({ status: 'success' });
    expect(stream.connections).toMatchObject([
      { id: client.id, transport: 'webrtc', fields: { room: 7 } },
    ]);
    const sdp = await RealtimeClient.offer({ audio: 'sendrecv' });
    const again = await post(offer, { webrtc_id: client.id, type: 'offer', sdp });
    expect(again).toMatchObject({
      status: 200,
      body: { status: 'failed', meta: { error: 'connection_already_exists' } },
    });
    expect((await post(offer, { webrtc_id: 'b', type: 'offer', sdp })).body).toEqual({
      status: 'failed',
      meta: { error: 'concurrency_limit_reached', limit: 1 },
    });
    expect(again.headers.get('cache-control')).toBe('no-store');
  });

  it('answers what is no JSON as FastAPI does', async () => {
    const { url } = await serveStream();
    const offer = `${url}/webrtc/offer`;
    expect(await post(offer, '{"a": 1,}')).toMatchObject({
      status: 422,
      body: {
        detail: [{ type: 'json_invalid', loc: ['body', 8], msg: 'JSON decode error', input: {} }],
      },
    });
    expect(await post(offer, '')).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'missing', loc: ['body'] }] },
    });
    expect(await post(offer, '{"webrtc_id":"a"}', { 'content-type': 'text/plain' })).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'model_attributes_type', input: '{"webrtc_id":"a"}' }] },
    });
    expect(await post(offer, { type: 'offer' })).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'missing', loc: ['body', 'webrtc_id'] }] },
    });
    expect(await post(offer, 'x'.repeat(300_000))).toMatchObject({ status: 413 });
  });

  it('reads compressed bodies, and refuses what is not what it says', async () => {
    const { url } = await serveStream();
    const send = (body: Buffer, encoding: string): Promise<Response> =>
      fetch(`${url}/webrtc/offer`, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      });
    const candidate = { webrtc_id: 'a', type: 'ice-candidate', candidate: null };
    const answer = await send(gzipSync(JSON.stringify(candidate)), 'gzip');
    expect(await answer.json()).toEqual({
      status: 'failed',
      meta: { error: 'unknown_connection' },
    });
    expect((await send(Buffer.from('plain'), 'gzip')).status).toBe(400);
    expect((await send(Buffer.from('plain'), 'rot13')).status).toBe(415);
  });

  it.each([
    ['json', express.json()],
    ['text', express.text({ type: () => true })],
    ['raw', express.raw({ type: () => true })],
    ['json of Express 4, which read nothing', emptyBody],
  ])('takes bodies that express.%s() has read', async (_name, parser) => {
    const { url } = await serveStream({}, { prepare: (app) => void app.use(parser) });
    const body = { webrtc_id: 'a', type: 'ice-candidate', candidate: { candidate: '' } };
    expect((await post(`${url}/webrtc/offer`, body)).body).toEqual({
      status: 'failed',
      meta: { error: 'unknown_connection' },
    });
    expect((await post(`${url}/input_hook`, { webrtc_id: 'a', x: 1 })).body).toEqual({
      status: 'failed',
      meta: { error: 'unknown_connection' },
    });
  });
});
