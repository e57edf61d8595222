import { describe, expect, it, vi } from 'vitest';
import {
  InvalidStateError,
  LimitExceededError,
  NegotiationError,
  StreamError,
} from '../../src/errors.js';
import type { OfferHandler } from '../../src/http/routes/offer.js';
import { errorOf, listenFor, tinyApp } from '../support/http-app.js';

const good = { type: 'offer', sdp: 'v=0\r\n' };

async function serve(offer: OfferHandler, logging = false): Promise<string> {
  const { app } = await tinyApp({ offer, logging });
  return (await listenFor(app)).url;
}

function post(url: string, body: unknown, type = 'application/json'): Promise<Response> {
  return fetch(`${url}/offer`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('POST /offer', () => {
  it('answers a JSON offer with a JSON answer, and says who asked', async () => {
    const offer = vi.fn<OfferHandler>(() => Promise.resolve({ type: 'answer', sdp: 'v=0 answer' }));
    const url = await serve(offer);
    const response = await fetch(`${url}/offer`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'User-Agent': 'test/1' },
      body: JSON.stringify({ ...good, more: 'ignored' }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({ type: 'answer', sdp: 'v=0 answer' });
    expect(offer).toHaveBeenCalledOnce();
    expect(offer.mock.calls[0]).toMatchObject([
      good,
      { remoteAddress: '127.0.0.1', userAgent: 'test/1' },
    ]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('refuses %s with 405 and Allow', async (method) => {
    const url = await serve(() => Promise.reject(new Error('not called')));
    const response = await fetch(`${url}/offer`, { method, headers: { Accept: 'text/html' } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await errorOf(response)).toMatchObject({ code: 'method-not-allowed' });
  });

  it('tells OPTIONS its methods', async () => {
    const url = await serve(() => Promise.reject(new Error('not called')));
    const response = await fetch(`${url}/offer`, { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('refuses a request without a body', async () => {
    const url = await serve(() => Promise.reject(new Error('not called')));
    const response = await fetch(`${url}/offer`, { method: 'POST' });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: 'body-missing' });
  });

  it.each([
    ['broken JSON', '{"type":', 'invalid-json'],
    ['an empty list', '[]', 'invalid-offer'],
    ['null', 'null', 'invalid-offer'],
    ['a string', '"offer"', 'invalid-offer'],
    ['no sdp', '{"type":"offer"}', 'invalid-offer'],
    ['an sdp that is a number', '{"type":"offer","sdp":1}', 'invalid-offer'],
    ['an empty sdp', '{"type":"offer","sdp":" "}', 'invalid-offer'],
    ['no type', '{"sdp":"v=0"}', 'invalid-offer'],
    ['a type that is a list', '{"type":["offer"],"sdp":"v=0"}', 'invalid-offer'],
    ['an answer', '{"type":"answer","sdp":"v=0"}', 'invalid-offer'],
  ])('refuses %s with 400', async (_title, body, code) => {
    const offer = vi.fn<OfferHandler>();
    const url = await serve(offer);
    const response = await post(url, body);
    expect(response.status).toBe(400);
    const error = await errorOf(response);
    expect(error.code).toBe(code);
    expect(error.message).not.toBe('');
    expect(offer).not.toHaveBeenCalled();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/sdp', 'json'])(
    'refuses the content type %s with 415',
    async (type) => {
      const url = await serve(() => Promise.reject(new Error('not called')));
      const response = await post(url, good, type);
      expect(response.status).toBe(415);
      expect(await errorOf(response)).toMatchObject({ code: 'unsupported-media-type' });
    },
  );

  it.each(['application/json', 'text/plain'])('refuses 1 MB of %s with 413', async (type) => {
    const url = await serve(() => Promise.reject(new Error('not called')));
    const response = await post(url, { ...good, sdp: 'x'.repeat(1_000_000) }, type);
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toMatchObject({ code: 'body-too-large' });
  });

  it.each(['text', 'raw'] as const)(
    "takes what the user's own express.%s() has read",
    async (kind) => {
      const { app } = await tinyApp();
      const { default: express } = await import('express');
      app.use(express[kind]({ type: '*/*' }));
      const { url } = await listenFor(app);
      expect((await post(url, good)).status).toBe(200);
      const broken = await post(url, '{"type":');
      expect([broken.status, (await errorOf(broken)).code]).toEqual([400, 'invalid-json']);
    },
  );

  it('answers a body whose compression is broken', async () => {
    const url = await serve(() => Promise.resolve({ type: 'answer', sdp: 'v=0\r\n' }));
    const response = await fetch(`${url}/offer`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      body: 'no gzip at all',
    });
    expect([response.status, (await errorOf(response)).code]).toEqual([400, 'invalid-json']);
  });

  it('refuses an endless body of unknown length with 413', async () => {
    const url = await serve(() => Promise.reject(new Error('not called')));
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 64) controller.close();
        else controller.enqueue(new Uint8Array(16_384).fill(0x20));
      },
    });
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
    const response = await fetch(`${url}/offer`, { ...init, duplex: 'half' });
    expect(response.status).toBe(413);
  });

  it.each([
    [new NegotiationError('no codec', { code: 'no-common-codec' }), 406],
    [new NegotiationError('no video', { code: 'no-video' }), 400],
    [new NegotiationError('garbage', { code: 'invalid-sdp' }), 400],
    [new LimitExceededError('full', { code: 'too-many-viewers' }), 503],
    [new StreamError('closing', { code: 'server-closing' }), 503],
    [new StreamError('a thread has ended', { code: 'worker-lost' }), 503],
  ])('turns %o into a status', async (error, status) => {
    const url = await serve(() => Promise.reject(error));
    const response = await post(url, good);
    expect(response.status).toBe(status);
    expect(await errorOf(response)).toEqual({ code: error.code, message: error.message });
    expect(response.headers.has('retry-after')).toBe(status === 503);
  });

  it('calls a closed server closing', async () => {
    const url = await serve(() => Promise.reject(new InvalidStateError('the server is closed')));
    const response = await post(url, good);
    expect(response.status).toBe(503);
    expect(await errorOf(response)).toMatchObject({ code: 'server-closing' });
  });

  it('tells nothing of an unexpected error, but all of it with logging', async () => {
    const fail: OfferHandler = () => Promise.reject(new Error('password is 1234'));
    const quiet = await post(await serve(fail), good);
    expect(quiet.status).toBe(500);
    const text = await quiet.text();
    expect(text).not.toContain('1234');
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'internal-error' } });

    const talkative = await post(await serve(fail, true), good);
    expect(talkative.status).toBe(500);
    expect(await talkative.text()).toContain('password is 1234');
  });

  it('tells the handler when the client hangs up before its answer', async () => {
    let aborted: unknown;
    const started = deferred();
    const url = await serve((_description, { signal }) => {
      started.resolve();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = signal.reason;
          reject(signal.reason as Error);
        });
      });
    });
    const client = new AbortController();
    const response = fetch(`${url}/offer`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(good),
      signal: client.signal,
    });
    await started.promise;
    client.abort();
    await expect(response).rejects.toThrow();
    await expect.poll(() => aborted).toBeInstanceOf(Error);
  });

  it('leaves nothing behind after 2,000 bad offers', async () => {
    const offer = vi.fn<OfferHandler>(() =>
      Promise.reject(new NegotiationError('garbage', { code: 'invalid-sdp' })),
    );
    const { app } = await tinyApp({ offer });
    const { url, server } = await listenFor(app);
    const bodies = ['', '[]', '{', '{"type":"answer"}', JSON.stringify(good)];
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const send = async (count: number): Promise<void> => {
      for (let sent = 0; sent < count; sent += 20) {
        const batch = Array.from({ length: 20 }, (_, index) =>
          post(url, bodies[(sent + index) % bodies.length]!).then((answer) => answer.text()),
        );
        await Promise.all(batch);
      }
    };
    await send(200);
    const before = timers();
    await send(2000);
    expect(offer).toHaveBeenCalledTimes(2200 / bodies.length);
    server.closeAllConnections();
    await expect.poll(timers).toBeLessThanOrEqual(before + 2);
    expect(server.listenerCount('request')).toBe(1);
  });
});

describe('POST /close_connection', () => {
  it.each([
    ['1', 'application/json', 1],
    ['1', 'application/x-www-form-urlencoded', 1],
    ['0', 'text/plain;charset=UTF-8', 0],
    [' 1 ', 'application/octet-stream', 1],
  ])('takes %o as %s', async (body, type, parameter) => {
    const closeConnection = vi.fn(() => Promise.resolve('OK' as const));
    const { app } = await tinyApp({ closeConnection });
    const { url } = await listenFor(app);
    const init = { method: 'POST', headers: { 'Content-Type': type }, body };
    const response = await fetch(`${url}/close_connection`, init);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('OK');
    expect(closeConnection).toHaveBeenCalledWith(parameter);
  });

  it("takes a form that the user's own middleware has parsed", async () => {
    const { app } = await tinyApp();
    const { default: express } = await import('express');
    app.use(express.urlencoded());
    const { url } = await listenFor(app);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const response = await fetch(`${url}/close_connection`, { method: 'POST', headers, body: '1' });
    expect(await response.text()).toBe('DISABLED');
  });

  it.each([
    ['text', '1', 1],
    ['raw', '1', 1],
    ['raw', '0', 0],
  ] as const)("takes what the user's own express.%s() has read: %s", async (kind, body, number) => {
    const closeConnection = vi.fn(() => Promise.resolve('OK' as const));
    const { app } = await tinyApp({ closeConnection });
    const { default: express } = await import('express');
    app.use(express[kind]({ type: '*/*' }));
    const { url } = await listenFor(app);
    const response = await fetch(`${url}/close_connection`, { method: 'POST', body });
    expect(await response.text()).toBe('OK');
    expect(closeConnection).toHaveBeenCalledWith(number);
  });

  it.each(['', 'one', '"1"', 'null', '[1]', '{}', 'x'.repeat(5000)])(
    'refuses the body %o',
    async (body) => {
      const { app } = await tinyApp();
      const { url } = await listenFor(app);
      const response = await fetch(`${url}/close_connection`, { method: 'POST', body });
      expect(response.status).toBe(body.length > 1024 ? 413 : 400);
      expect((await errorOf(response)).code).not.toBe('');
    },
  );

  it('refuses GET with 405', async () => {
    const { app } = await tinyApp();
    const { url } = await listenFor(app);
    const response = await fetch(`${url}/close_connection`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
