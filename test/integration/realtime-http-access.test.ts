import { createHmac } from 'node:crypto';
import cors from 'cors';
import type { VideoFrame } from '../../src/media/video-frame.js';
import { describe, expect, it } from 'vitest';
import type { AuthorizeDetails } from '../../src/http/realtime/stream-host.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { closeOf, openedWebSocket, openWebSocket } from '../support/stream-routes.js';
import { EventReader, join, leave, post, serveStream, tell } from '../support/stream-server.js';

const elsewhere = { origin: 'https://elsewhere.example' };

describe('pages of other origins', () => {
  it('are refused, those of the same host and other clients are not', async () => {
    const { url, host } = await serveStream();
    const socket = await join(host, 'me', { headers: { origin: `http://${host}` } });
    tell(socket, ['x']);
    const refused = [
      post(`${url}/webrtc/offer`, { webrtc_id: 'a' }, elsewhere),
      post(`${url}/input_hook`, { webrtc_id: 'me', a: 1 }, elsewhere),
      post(`${url}/trigger_response`, { webrtc_id: 'me' }, elsewhere),
      fetch(`${url}/outputs?webrtc_id=me`, { headers: elsewhere }),
      fetch(`${url}/webrtc/configuration`, { headers: { origin: 'null' } }),
      openWebSocket(`ws://${host}/websocket/offer`, elsewhere),
      openWebSocket(`ws://${host}/telephone/handler`, elsewhere),
    ];
    for (const { status } of (await Promise.all(refused)) as { status: number }[]) {
      expect(status).toBe(403);
    }
    const same: Record<string, string>[] = [
      {},
      { origin: `http://${host}` },
      // behind a proxy that gives us another host
      { origin: 'https://public.example', 'x-forwarded-host': 'public.example' },
      {
        origin: 'https://public.example:8443',
        'x-forwarded-host': 'a.example, public.example:8443',
      },
    ];
    for (const headers of same) {
      expect(await post(`${url}/input_hook`, { webrtc_id: 'me', a: 1 }, headers)).toMatchObject({
        status: 200,
        body: { status: 'ok' },
      });
      await openedWebSocket(`ws://${host}/websocket/offer`, headers);
    }
    await openedWebSocket(`ws://${host}/websocket/offer`, {
      origin: 'https://public.example',
      'sec-fetch-site': 'same-origin',
    });
  });

  it('may come when they are listed, with CORS', async () => {
    const { url, host } = await serveStream({ allowedOrigins: [elsewhere.origin] });
    const preflight = await fetch(`${url}/webrtc/offer`, {
      method: 'OPTIONS',
      headers: {
        ...elsewhere,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-key',
      },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': elsewhere.origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type,x-key',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    const answer = await post(`${url}/webrtc/offer`, { webrtc_id: 'a' }, elsewhere);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('access-control-allow-origin')).toBe(elsewhere.origin);
    await openedWebSocket(`ws://${host}/websocket/offer`, elsewhere);
    const other = { origin: 'https://other.example' };
    expect((await fetch(`${url}/outputs`, { method: 'OPTIONS', headers: other })).status).toBe(403);
    expect(await openWebSocket(`ws://${host}/websocket/offer`, other)).toMatchObject({
      status: 403,
    });
  });

  it('may come from everywhere with *, and where the application has CORS of its own', async () => {
    const { url, host } = await serveStream({ allowedOrigins: '*' });
    const answer = await fetch(`${url}/webrtc/configuration`, { headers: elsewhere });
    expect(answer.headers.get('access-control-allow-origin')).toBe(elsewhere.origin);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    await openedWebSocket(`ws://${host}/websocket/offer`, elsewhere);
    const own = await serveStream({}, { prepare: (app) => void app.use(cors()) });
    expect((await post(`${own.url}/webrtc/offer`, {}, elsewhere)).status).toBe(422);
    // for which no browser asks
    expect(await openWebSocket(`ws://${own.host}/websocket/offer`, elsewhere)).toMatchObject({
      status: 403,
    });
  });
});

describe('authorize', () => {
  it('is asked about everything, with what and whose', async () => {
    const asked: AuthorizeDetails[] = [];
    const { url, host } = await serveStream(
      {
        authorize: async (request, details) => {
          asked.push(details);
          return request.headers['x-key'] === 'right';
        },
      },
      { path: '/p' },
    );
    const candidate = { webrtc_id: 'b', type: 'ice-candidate', candidate: null };
    const requests: [action: string, id: string | null, path: string, body?: object][] = [
      ['page', null, '/'],
      ['page', null, '/client/index.js'],
      ['configuration', null, '/webrtc/configuration'],
      ['offer', 'a', '/webrtc/offer', { webrtc_id: 'a', type: 'offer', sdp: 'v=0' }],
      ['candidate', 'b', '/webrtc/offer', candidate],
      ['input', 'c', '/input_hook', { webrtc_id: 'c', a: 1 }],
      ['trigger', 'd', '/trigger_response', { webrtc_id: 'd' }],
      ['outputs', 'e', '/outputs?webrtc_id=e'],
      ['telephone', null, '/telephone/incoming', {}],
    ];
    for (const [action, webrtcId, path, body] of requests) {
      for (const key of ['wrong', 'right']) {
        const init = body && { method: 'POST', body: JSON.stringify(body) };
        const headers = { 'x-key': key, 'content-type': 'application/json' };
        const { status } = await fetch(url + path, { ...init, headers });
        if (key === 'wrong') expect([path, status]).toEqual([path, 401]);
        else expect([path, status]).not.toEqual([path, 401]);
        expect(asked.splice(0)).toEqual([{ action, webrtcId }]);
      }
    }
    for (const kind of ['websocket/offer', 'telephone/handler']) {
      const socket = await openedWebSocket(`ws://${host}/p/${kind}`, { 'x-key': 'wrong' });
      expect(await closeOf(socket)).toEqual({ code: 1008, reason: 'unauthorized' });
    }
    await join(host, 'me', { path: '/p', headers: { 'x-key': 'right' } });
    expect(asked.map(({ action }) => action)).toEqual(['websocket', 'telephone', 'websocket']);
  });

  it('refuses when it fails, or gives no answer', async () => {
    const failing = await serveStream({
      authorize: () => Promise.reject(new Error('database gone')),
    });
    expect((await fetch(`${failing.url}/webrtc/configuration`)).status).toBe(401);
    const vague = await serveStream({ authorize: (() => 'yes') as never });
    expect((await fetch(`${vague.url}/webrtc/configuration`)).status).toBe(401);
  });
});

describe('protectIds', () => {
  const cookieOf = (headers: Headers): string =>
    (headers.get('set-cookie') ?? '').split(';')[0] ?? '';

  it('keeps a connection for the browser that opened it', async () => {
    const { stream, url } = await serveStream({ protectIds: true }, { path: '/p' });
    const offer = `${url}/webrtc/offer`;
    let mine = '';
    const client = await RealtimeClient.connect(
      async (body) => {
        // the candidates of a new browser, which has no cookie yet, are beside the offer
        const answer = await post(offer, body);
        if ('sdp' in (answer.body as object)) {
          expect(answer.headers.get('set-cookie')).toMatch(
            /^framegear_owner=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/,
          );
          mine = cookieOf(answer.headers);
        }
        return answer.body;
      },
      { audio: 'sendrecv', trickle: 'after' },
    );
    const { id } = client;
    expect(client.candidateReplies.at(0)).toEqual({ status: 'success' });
    const input = async (cookie: string): Promise<unknown> =>
      (await post(`${url}/input_hook`, { webrtc_id: id, a: 1 }, { cookie })).body;
    const stranger = cookieOf((await fetch(`${url}/`)).headers);
    expect(stranger).toMatch(/^framegear_owner=/);
    expect(await input(`other=1; ${mine}; more=2`)).toEqual({ status: 'ok' });
    for (const cookie of [stranger, '', `${mine}x`, 'framegear_owner=']) {
      expect(await input(cookie)).toMatchObject({ meta: { error: 'unknown_connection' } });
      const outputs = await fetch(`${url}/outputs?webrtc_id=${id}`, { headers: { cookie } });
      expect(outputs.status).toBe(404);
      const trigger = await post(`${url}/trigger_response`, { webrtc_id: id }, { cookie });
      expect(trigger.body).toMatchObject({ meta: { error: 'unknown_connection' } });
    }
    const candidate = { webrtc_id: id, type: 'ice-candidate', candidate: { candidate: '' } };
    expect((await post(offer, candidate, { cookie: stranger })).body).toMatchObject({
      status: 'failed',
      meta: { error: 'unknown_connection' },
    });
    const reader = await EventReader.open(`${url}/outputs?webrtc_id=${id}`, { cookie: mine });
    expect(reader.status).toBe(200);
    // the application itself may
    expect(stream.setInput(id, 2)).toBe(true);
    await client.close();
    await reader.ended;
    const late = await fetch(`${url}/outputs?webrtc_id=${id}`, { headers: { cookie: stranger } });
    expect(late.status).toBe(404);
  });

  it('does so for WebSockets too, and not for calls', async () => {
    const { stream, url, host } = await serveStream({ protectIds: true });
    let set: string[] | undefined;
    const socket = await openedWebSocket(`ws://${host}/websocket/offer`, {});
    socket.terminate();
    const page = await fetch(`${url}/webrtc/configuration`);
    const cookie = cookieOf(page.headers);
    const mine = await join(host, 'me', { headers: { cookie } });
    const fresh = await openWebSocket(
      `ws://${host}/websocket/offer`,
      {},
      {
        finishRequest: (request: {
          on(event: string, listener: (response: never) => void): void;
          end(): void;
        }) => {
          request.on('upgrade', (response: { headers: { 'set-cookie'?: string[] } }) => {
            set = response.headers['set-cookie'];
          });
          request.end();
        },
      },
    );
    expect('socket' in fresh).toBe(true);
    expect(set?.[0]).toMatch(/^framegear_owner=/);
    const input = async (id: string, headers: Record<string, string>): Promise<unknown> =>
      (await post(`${url}/input_hook`, { webrtc_id: id, a: 1 }, headers)).body;
    expect(await input('me', { cookie })).toEqual({ status: 'ok' });
    expect(await input('me', {})).toMatchObject({ status: 'failed' });
    const phone = await openedWebSocket(`ws://${host}/telephone/handler`);
    phone.send(JSON.stringify({ event: 'start', streamSid: 'MZ1', start: {} }));
    await expect.poll(() => stream.connections.map(({ id }) => id)).toContain('MZ1');
    expect(await input('MZ1', { cookie })).toMatchObject({ status: 'failed' });
    expect(stream.setInput('MZ1', 1)).toBe(true);
    // the next owner of an id is its owner
    await leave(mine, stream);
    await join(host, 'me');
    expect(await input('me', { cookie })).toMatchObject({ status: 'failed' });
  });

  it('sets its cookie for HTTPS where that is, and for other sites where they are listed', async () => {
    const { url } = await serveStream({ protectIds: true, allowedOrigins: [elsewhere.origin] });
    const set = async (headers: Record<string, string>): Promise<string | null> =>
      (await fetch(`${url}/webrtc/configuration`, { headers })).headers.get('set-cookie');
    expect(await set({ 'x-forwarded-proto': 'https' })).toMatch(/; SameSite=Lax; Secure$/);
    expect(await set({ 'x-forwarded-proto': 'https', ...elsewhere })).toMatch(
      /; SameSite=None; Secure$/,
    );
    expect(await set(elsewhere)).toMatch(/; SameSite=Lax$/);
    const cookie = `framegear_owner=${'a'.repeat(22)}`;
    expect(await set({ cookie })).toBeNull();
  });
});

describe('calls', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const streamUrl = (xml: unknown): string | undefined =>
    /<Stream url="([^"]*)"\/>/.exec(String(xml))?.[1];

  it('are led to our WebSocket, with host, port and scheme as they came', async () => {
    const { url, host } = await serveStream({}, { path: '/deep/er' });
    const call = async (headers: Record<string, string>): Promise<string | undefined> => {
      const answer = await post(`${url}/telephone/incoming?x=1`, 'CallSid=CA1', {
        ...form,
        ...headers,
      });
      expect(answer.headers.get('content-type')).toMatch(/^application\/xml/);
      return streamUrl(answer.body);
    };
    expect(await call({})).toBe(`ws://${host}/deep/er/telephone/handler`);
    expect(await call({ 'x-forwarded-proto': 'https' })).toBe(
      `wss://${host}/deep/er/telephone/handler`,
    );
    expect(
      await call({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'calls.example:8443, inner' }),
    ).toBe('wss://calls.example:8443/deep/er/telephone/handler');
    const bad = await post(`${url}/telephone/incoming`, '', {
      ...form,
      'x-forwarded-host': 'a"><Dial>',
    });
    expect(bad.status).toBe(400);
  });

  it('say what they are told, at the address that is public', async () => {
    const { url } = await serveStream({
      routes: {
        telephone: { publicUrl: 'https://calls.example', greeting: 'Hi & hello', farewell: null },
      },
    });
    const answer = await post(`${url}/telephone/incoming`, '', form);
    expect(answer.body).toContain(
      '<Response><Say>Hi &amp; hello</Say><Connect><Stream url="wss://calls.example/telephone/handler"/></Connect></Response>',
    );
  });

  it('know the prefix that a proxy takes away', async () => {
    const authToken = 'secret';
    const publicUrl = 'https://calls.example:8443/voice/';
    const { url } = await serveStream(
      { routes: { telephone: { publicUrl, authToken } } },
      { path: '/desk' },
    );
    const signed = 'https://calls.example:8443/voice/desk/telephone/incoming?a=1CallSidCA1';
    const signature = createHmac('sha1', authToken).update(signed).digest('base64');
    const headers = { ...form, 'x-twilio-signature': signature };
    const answer = await post(`${url}/telephone/incoming?a=1`, 'CallSid=CA1', headers);
    expect(answer.body).toContain('url="wss://calls.example:8443/voice/desk/telephone/handler"');
    // one that it left in place is not put there again
    const left = await serveStream(
      { routes: { telephone: { publicUrl: 'https://calls.example/desk' } } },
      { path: '/desk' },
    );
    expect((await post(`${left.url}/telephone/incoming`, '', form)).body).toContain(
      'url="wss://calls.example/desk/telephone/handler"',
    );
  });

  it('are not there for a stream of pictures', async () => {
    const pictures = { modality: 'video', handler: (frame: VideoFrame) => frame } as const;
    const { app, url, host } = await serveStream(pictures);
    app.use((_request, response) => response.status(404).send('not ours'));
    const answer = await post(`${url}/telephone/incoming`, '', form);
    expect([answer.status, answer.body]).toEqual([404, 'not ours']);
    expect(await openWebSocket(`ws://${host}/telephone/handler`)).toMatchObject({ status: 404 });
  });

  it('must be signed when there is a token', async () => {
    const authToken = 'secret';
    const { url, host } = await serveStream({ routes: { telephone: { authToken } } });
    const sign = (text: string): string =>
      createHmac('sha1', authToken).update(text).digest('base64');
    const incoming = async (signature: string): Promise<number> => {
      const body = 'From=%2B1&CallSid=CA1';
      const headers = { ...form, 'x-twilio-signature': signature };
      return (await post(`${url}/telephone/incoming`, body, headers)).status;
    };
    expect(await incoming(sign(`${url}/telephone/incomingCallSidCA1From+1`))).toBe(200);
    expect(await incoming(sign(`${url}/telephone/incomingCallSidCA2From+1`))).toBe(403);
    expect(await incoming('')).toBe(403);
    const socketUrl = `ws://${host}/telephone/handler`;
    await openedWebSocket(socketUrl, { 'x-twilio-signature': sign(socketUrl) });
    expect(await openWebSocket(socketUrl)).toMatchObject({ status: 403 });
  });
});
