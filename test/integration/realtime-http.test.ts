import { createServer, request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import express from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RtcConfiguration } from '../../src/config/stream-options.js';
import { temporaryFolder, tinyApp, writeFiles } from '../support/http-app.js';
import { RealtimeClient } from '../support/realtime-client.js';
import {
  EventReader,
  join,
  leave,
  makeStream,
  post,
  serveStream,
  tell,
} from '../support/stream-server.js';
import { listen } from '../support/stream-routes.js';

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

describe('a mounted stream', () => {
  it('refuses other methods, tells OPTIONS, and leaves the rest to the application', async () => {
    const { app, url } = await serveStream();
    app.get('/', (_request, response) => response.send('front page'));
    app.get('/client/other.js', (_request, response) => response.send('mine'));
    app.use((request, response) => response.status(404).send(`nothing at ${request.path}`));
    const methods = {
      '/webrtc/offer': 'POST',
      '/input_hook': 'POST',
      '/trigger_response': 'POST',
      '/telephone/incoming': 'POST',
      '/outputs': 'GET, HEAD',
      '/webrtc/configuration': 'GET, HEAD',
      '/websocket/offer': 'GET',
      '/telephone/handler': 'GET',
    };
    for (const [route, allowed] of Object.entries(methods)) {
      for (const method of ['DELETE', allowed === 'POST' ? 'GET' : 'POST']) {
        const answer = await fetch(url + route, { method });
        expect([route, answer.status, answer.headers.get('allow')]).toEqual([route, 405, allowed]);
        expect(await answer.json()).toEqual({ detail: 'Method Not Allowed' });
      }
      const options = await fetch(url + route, { method: 'OPTIONS' });
      expect([options.status, options.headers.get('allow')]).toEqual([204, allowed]);
    }
    expect(await (await fetch(url)).text()).toBe('front page');
    expect(await (await fetch(`${url}/client/other.js`)).text()).toBe('mine');
    expect(await (await fetch(`${url}/webrtc`)).text()).toBe('nothing at /webrtc');
    expect(await (await fetch(`${url}/page/page.js`)).text()).toBe('nothing at /page/page.js');
    expect((await fetch(`${url}/client/index.js`)).headers.get('content-type')).toMatch(
      /^text\/javascript/,
    );
  });

  it('stands beside others, and in the application of createServer()', async () => {
    const { app } = await tinyApp();
    const left = makeStream({ title: 'left' }).mount(app, '/left');
    makeStream({ title: 'right' }).mount(app, '/right/');
    left.mount(app, '/also-left');
    const host = await listen(createServer(app));
    await join(host, 'one', { path: '/left' });
    expect(left.connections).toMatchObject([{ id: 'one' }]);
    const inputs = async (prefix: string): Promise<unknown> =>
      (await post(`http://${host}/${prefix}/input_hook`, { webrtc_id: 'one', a: 1 })).body;
    expect(await inputs('left')).toEqual({ status: 'ok' });
    expect(await inputs('also-left')).toEqual({ status: 'ok' });
    expect(await inputs('right')).toMatchObject({ status: 'failed' });
    // the broadcast beside it
    expect(await (await fetch(`http://${host}/`)).text()).toContain('Home');
    expect((await fetch(`http://${host}/static/js/custom.js`)).status).toBe(200);
    expect((await fetch(`http://${host}/nowhere`)).status).toBe(404);
  });

  it('refuses what it cannot be mounted on', () => {
    const stream = makeStream();
    expect(() => stream.mount({} as never)).toThrow(/^app: expected an Express application/);
    expect(() => stream.mount(express(), 'chat')).toThrow(/^path: expected a leading slash/);
    expect(() => stream.mount(express(), 7 as never)).toThrow(TypeError);
    expect(() => stream.mount(express(), null as never)).toThrow('path: expected text, got null');
    const app = express();
    for (const path of ['/chat(', '/a?', '/*', '/:']) {
      expect(() => stream.mount(app, path)).toThrow(`path: expected one that Express takes, got`);
      expect(() => stream.mount(app, path)).toThrow(RangeError);
    }
    expect(() => stream.mount(app, '/a', null as never)).toThrow(TypeError);
    expect(() => stream.mount(app, '/a', { sever: 1 } as never)).toThrow('did you mean "server"?');
    expect(stream.mount(express())).toBe(stream);
  });

  it('has routes where it is told', async () => {
    const { url, host } = await serveStream(
      {
        routes: {
          inputHook: '/send_input',
          outputs: '/transcript',
          triggerResponse: false,
          configuration: false,
          telephone: false,
          client: false,
        },
      },
      { path: '/x' },
    );
    await join(host, 'me', { path: '/x' });
    expect((await post(`${url}/send_input`, { webrtc_id: 'me', a: 1 })).body).toEqual({
      status: 'ok',
    });
    const reader = await EventReader.open(`${url}/transcript?webrtc_id=me`);
    expect(reader.status).toBe(200);
    reader.close();
    for (const gone of ['input_hook', 'trigger_response', 'telephone/incoming']) {
      expect((await post(`${url}/${gone}`, {})).status).toBe(404);
    }
    expect((await fetch(`${url}/webrtc/configuration`)).status).toBe(404);
    // the page cannot do without it
    expect((await fetch(`${url}/client/index.js`)).status).toBe(200);
    const { url: bare } = await serveStream({ routes: { client: false, page: false } });
    expect((await fetch(`${bare}/client/index.js`)).status).toBe(404);
  });
});

describe('the page', () => {
  it('is there below a prefix, with and without a slash, and its files beside it', async () => {
    const { url } = await serveStream({ title: 'Me & </script>' }, { path: '/chat' });
    const bare = await fetch(`${url}?a=1`, { redirect: 'manual' });
    expect([bare.status, bare.headers.get('location')]).toEqual([302, './chat/?a=1']);
    const answer = await fetch(`${url}/`);
    const html = await answer.text();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(html).toContain(
      '{"title":"Me & \\u003c/script>","modality":"audio","mode":"send-receive"}',
    );
    expect(html).toContain('<title>Me &amp; &lt;/script&gt;</title>');
    const links = [...html.matchAll(/(?:src|href)="([^"#:]+)"/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      expect([link, (await fetch(`${url}/${link}`)).status]).toEqual([link, 200]);
    }
    expect((await fetch(`${url}/page/../../package.json`)).status).toBe(404);
  });

  it('is there for a router without a prefix of its own, unless that is the root', async () => {
    const stream = makeStream();
    const app = express();
    const router = express.Router();
    stream.mount(router);
    app.use('/inner', router);
    app.use(router);
    app.use((request, response) => response.status(404).send(`nothing at ${request.path}`));
    const url = `http://${await listen(createServer(app))}`;
    expect(await (await fetch(`${url}/inner/`)).text()).toContain('client/index.js');
    expect((await fetch(`${url}/inner`, { redirect: 'manual' })).status).toBe(302);
    expect((await fetch(`${url}/inner/page/page.js`)).status).toBe(200);
    expect(await (await fetch(url)).text()).toBe('nothing at /');
    expect(await (await fetch(`${url}/page/page.js`)).text()).toBe('nothing at /page/page.js');
    expect((await fetch(`${url}/client/index.js`)).status).toBe(200);
  });

  it('may be a file of the application, with the configuration made for each visitor', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      'index.html': '<script>rtc = __RTC_CONFIGURATION__; info = __STREAM__;</script> $& <!-- -->',
    });
    let visits = 0;
    const { url } = await serveStream({
      modality: 'audio',
      routes: { page: path.join(folder, 'index.html') },
      rtcConfiguration: async () => {
        visits += 1;
        return { iceServers: [{ urls: 'turn:<&$1', username: `u${visits}`, credential: 'c' }] };
      },
    });
    expect(await (await fetch(url)).text()).toBe(
      '<script>rtc = {"iceServers":[{"urls":"turn:\\u003c&$1","username":"u1","credential":"c"}]}; ' +
        'info = {"title":"FrameGear","modality":"audio","mode":"send-receive"};</script> $& <!-- -->',
    );
    expect(await (await fetch(url)).text()).toContain('"u2"');
    const { url: none } = await serveStream({
      routes: { page: new URL(`file://${folder}/index.html`) },
    });
    expect(await (await fetch(none)).text()).toContain('rtc = null;');
    await writeFiles(folder, { 'gone.html': '' });
    const { url: missing } = await serveStream({ routes: { page: `${folder}/gone.html` } });
    await rm(`${folder}/gone.html`);
    expect((await fetch(missing)).status).toBe(404);
  });
});

describe('GET /webrtc/configuration', () => {
  it('tells a client what it must know', async () => {
    const { url } = await serveStream({
      title: 'Talk',
      timeLimitMs: 90_000,
      rtpParams: { degradationPreference: 'maintain-framerate' },
      rtcConfiguration: { iceServers: [{ urls: 'stun:stun.example.org' }] },
    });
    const answer = await fetch(`${url}/webrtc/configuration`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toEqual({
      title: 'Talk',
      modality: 'audio',
      mode: 'send-receive',
      timeLimitMs: 90_000,
      rtpParams: { degradationPreference: 'maintain-framerate' },
      rtcConfiguration: { iceServers: [{ urls: 'stun:stun.example.org' }] },
      trackConstraints: {
        echoCancellation: true,
        noiseSuppression: { exact: true },
        autoGainControl: { exact: true },
        sampleRate: { ideal: 24_000 },
        sampleSize: { ideal: 16 },
        channelCount: { exact: 1 },
      },
      routes: {
        inputHook: '/input_hook',
        outputs: '/outputs',
        triggerResponse: '/trigger_response',
        websocket: true,
      },
    });
  });

  it('has the RTC configuration of bound methods, and keeps what they fail with', async () => {
    class Credentials {
      user = 'bound';
      get(): RtcConfiguration {
        if (this.user === '') throw new Error('token hunter2 is wrong');
        return { iceServers: [{ urls: 'turn:t', username: this.user, credential: 'x' }] };
      }
    }
    const credentials = new Credentials();
    const errors: unknown[] = [];
    const log = vi.fn((fields: unknown) => void errors.push(fields));
    const logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
    const { url, stream } = await serveStream({
      rtcConfiguration: credentials.get.bind(credentials),
      trackConstraints: null,
      logger,
    });
    const ask = (): Promise<Response> => fetch(`${url}/webrtc/configuration`);
    expect(await (await ask()).json()).toMatchObject({
      rtcConfiguration: { iceServers: [{ username: 'bound' }] },
      trackConstraints: null,
    });
    expect(await stream.getRtcConfiguration()).toMatchObject({ iceServers: [{}] });
    credentials.user = '';
    const failed = await ask();
    expect(failed.status).toBe(503);
    expect(await failed.text()).not.toContain('hunter2');
    expect(errors).toContainEqual({ err: new Error('token hunter2 is wrong') });
  });
});

describe('POST /input_hook', () => {
  it('makes its fields inputs, in their order', async () => {
    const { url, host } = await serveStream();
    const socket = await join(host, 'me');
    const reader = await EventReader.open(`${url}/outputs?webrtc_id=me`);
    const inputs = async (body: object): Promise<unknown> => {
      const answer = await post(`${url}/input_hook`, body);
      expect(answer).toMatchObject({ status: 200, body: { status: 'ok' } });
      const { length } = reader.events;
      tell(socket, 'inputs');
      await expect.poll(() => reader.events.length).toBe(length + 1);
      return reader.data.at(-1);
    };
    expect(await inputs({ webrtc_id: 'me', threshold: 0.3 })).toBe(0.3);
    expect(await inputs({ b: [1], webrtc_id: 'me', a: { c: null } })).toEqual([[1], { c: null }]);
    expect(await inputs({ webrtc_id: 'me', inputs: [1, 'two', null] })).toEqual([1, 'two', null]);
    expect(await inputs({ webrtc_id: 'me', inputs: [1], more: 2 })).toEqual([[1], 2]);
    expect(await inputs({ webrtc_id: 'me', inputs: 'text' })).toBe('text');
    // a field like any other
    expect(await inputs({ ['__proto__']: { x: 1 }, webrtc_id: 'me' })).toEqual({ x: 1 });
  });

  it('says what is wrong', async () => {
    const { url, host } = await serveStream();
    await join(host, 'me');
    const hook = `${url}/input_hook`;
    expect(await post(hook, { webrtc_id: 'nobody', a: 1 })).toMatchObject({
      status: 200,
      body: { status: 'failed', meta: { error: 'unknown_connection' } },
    });
    const faults: [unknown, unknown][] = [
      [{ a: 1 }, { type: 'missing', loc: ['body', 'webrtc_id'] }],
      [{ webrtc_id: 5 }, { type: 'string_type', loc: ['body', 'webrtc_id'] }],
      [{ webrtc_id: 'me' }, { type: 'missing', loc: ['body', 'inputs'] }],
      [[1], { type: 'model_attributes_type' }],
      ['null', { type: 'missing', loc: ['body'] }],
      ['{', { type: 'json_invalid' }],
    ];
    for (const [body, fault] of faults) {
      expect(await post(hook, body)).toMatchObject({ status: 422, body: { detail: [fault] } });
    }
    expect(await post(hook, { webrtc_id: 'me', a: 'x'.repeat(5_000_000) })).toMatchObject({
      status: 413,
    });
  });

  it('lets /trigger_response begin a reply only of handlers that take turns', async () => {
    const { url, host } = await serveStream();
    await join(host, 'me');
    const trigger = async (id: string): Promise<unknown> =>
      (await post(`${url}/trigger_response`, { webrtc_id: id })).body;
    expect(await trigger('me')).toMatchObject({ meta: { error: 'not_a_reply_on_pause' } });
    expect(await trigger('you')).toMatchObject({ meta: { error: 'unknown_connection' } });
  });
});

describe('GET /outputs', () => {
  it('gives every reader every output, to the end of the connection', async () => {
    const { stream, url, host } = await serveStream();
    const socket = await join(host, 'me');
    const address = `${url}/outputs?webrtc_id=me`;
    tell(socket, ['before']);
    const [one, two] = [await EventReader.open(address), await EventReader.open(address)];
    expect(one.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    tell(socket, [{ deep: ['<ä\n\n>'] }]);
    tell(socket, [1, 2]);
    tell(socket, []);
    for (const reader of [one, two]) {
      await expect
        .poll(() => reader.events)
        .toEqual([
          { id: '1', event: 'output', data: 'before' },
          { id: '2', event: 'output', data: { deep: ['<ä\n\n>'] } },
          { id: '3', event: 'output', data: [1, 2] },
          { id: '4', event: 'output', data: [] },
        ]);
    }
    await leave(socket, stream);
    await Promise.all([one.ended, two.ended]);
    // what an EventSource does next
    const late = await EventReader.open(address, { 'last-event-id': '3' });
    await late.ended;
    expect(late.events).toEqual([{ id: '4', event: 'output', data: [] }]);
    expect((await EventReader.open(address, { 'last-event-id': '4' })).status).toBe(204);
  });

  it('goes on behind Last-Event-ID', async () => {
    const { url, host } = await serveStream();
    const socket = await join(host, 'me');
    for (let i = 1; i <= 5; i += 1) tell(socket, [i]);
    const address = `${url}/outputs?webrtc_id=me`;
    const first = await EventReader.open(address);
    await expect.poll(() => first.data).toEqual([1, 2, 3, 4, 5]);
    for (const [header, data] of [
      ['3', [4, 5]],
      ['junk', [1, 2, 3, 4, 5]],
      ['-1', [1, 2, 3, 4, 5]],
      ['99', [1, 2, 3, 4, 5]],
    ] as const) {
      const reader = await EventReader.open(address, { 'last-event-id': header });
      await expect.poll(() => reader.data).toEqual(data);
      reader.close();
    }
  });

  it('refuses ids that nobody has, after a moment in which they may come', async () => {
    const { url, host } = await serveStream();
    expect((await fetch(`${url}/outputs`)).status).toBe(422);
    const nobody = await fetch(`${url}/outputs?webrtc_id=nobody`);
    expect(nobody.status).toBe(404);
    expect(await nobody.json()).toEqual({
      status: 'failed',
      meta: { error: 'unknown_connection' },
    });
    const early = EventReader.open(`${url}/outputs?webrtc_id=soon`);
    const socket = await join(host, 'soon');
    tell(socket, ['hello']);
    const reader = await early;
    await expect.poll(() => reader.data).toEqual(['hello']);
    const head = await fetch(`${url}/outputs?webrtc_id=soon`, { method: 'HEAD' });
    expect(head.headers.get('content-type')).toMatch(/^text\/event-stream/);
  });

  it('costs nothing for a reader that does not read, who finds the newest later', async () => {
    const { stream, host } = await serveStream();
    const socket = await join(host, 'me');
    const [, port] = host.split(':');
    const reader = connect(Number(port), '127.0.0.1');
    onTestFinished(() => void reader.destroy());
    reader.write(`GET /outputs?webrtc_id=me HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await new Promise((resolve) => reader.once('readable', resolve));
    const padding = 'x'.repeat(10_000);
    const count = 3000;
    for (let i = 1; i <= count; i += 1) tell(socket, [i, padding]);
    await expect.poll(() => stream.connections[0]?.stats.outputs, { timeout: 15_000 }).toBe(count);
    // 30 MB were given; 10 MB are kept, and what the sockets hold
    let text = '';
    const ids = (): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    reader.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    await expect.poll(() => ids().at(-1), { timeout: 15_000 }).toBe(count);
    expect(ids().length).toBeLessThan(count);
    expect(ids().slice(-1000)).toEqual(Array.from({ length: 1000 }, (_, i) => count - 999 + i));
  });

  it('ends when the stream is closed, also for a reader that does not read', async () => {
    const { stream, url, host } = await serveStream();
    const socket = await join(host, 'me');
    tell(socket, ['x']);
    const reader = await EventReader.open(`${url}/outputs?webrtc_id=me`);
    await expect.poll(() => reader.data).toEqual(['x']);
    await stream.close();
    await reader.ended;
    expect((await fetch(`${url}/outputs?webrtc_id=me`)).status).toBe(503);
    expect(
      (await post(`${url}/webrtc/offer`, { webrtc_id: 'a', type: 'offer', sdp: 'v=0' })).body,
    ).toMatchObject({ status: 'failed' });
  });
});

describe('listen()', () => {
  it('serves a page in one line, and frees its port', async () => {
    const stream = makeStream();
    const { url, port, host } = await stream.listen({ port: 0 });
    expect({ url, host }).toEqual({ url: `http://localhost:${port}/`, host: 'localhost' });
    expect(stream.url).toBe(url);
    expect(await (await fetch(url)).text()).toContain('client/index.js');
    expect((await fetch(`${url}nowhere`)).status).toBe(404);
    await join(`127.0.0.1:${port}`, 'me');
    await expect(stream.listen({ port: 0 })).rejects.toThrow('listens already');
    const second = makeStream();
    await expect(second.listen({ port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `port ${port} of localhost is in use; give another one: listen({ port })`,
    });
    await stream.close();
    // the same one can be tried again
    expect(await second.listen({ port })).toMatchObject({ port });
    await Promise.all([second.close(), second.close(), second[Symbol.asyncDispose]()]);
    expect(second.closed).toBe(true);
    await expect(second.listen({ port: 0 })).rejects.toThrow('the stream is closed');
    expect(() => second.mount(express())).toThrow('the stream is closed');
  });

  it('can be called again after wrong options', async () => {
    const stream = makeStream();
    await expect(stream.listen({ host: null as never, port: 0 })).rejects.toThrow(TypeError);
    await expect(stream.listen({ port: -1 })).rejects.toThrow(RangeError);
    const { url } = await stream.listen({ port: 0 });
    expect((await fetch(url)).status).toBe(200);
  });

  it('leaves nothing behind when it is closed while it starts', async () => {
    const stream = makeStream();
    const listening = stream.listen({ port: 0 });
    await stream.close();
    await expect(listening).rejects.toThrow(/closed/);
  });
});

describe('Stream', () => {
  it('tells who comes and goes, and carries inputs and outputs', async () => {
    const { stream, host } = await serveStream();
    const events: unknown[] = [];
    stream.on('connection', (...args) => events.push(['connection', ...args]));
    stream.on('disconnection', (id) => events.push(['disconnection', id]));
    const socket = await join(host, 'me');
    expect(stream.setInput('me', 4, 2)).toBe(true);
    expect(stream.setInput('you', 4)).toBe(false);
    tell(socket, 'inputs');
    expect((await stream.fetchLatestOutput('me')).args).toEqual([4, 2]);
    expect(() => stream.outputStream('you')).toThrow(
      expect.objectContaining({ code: 'unknown_connection' }),
    );
    const messages: unknown[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8'))));
    expect(stream.updateConnection('me', 'closed')).toBe(true);
    await expect.poll(() => messages).toContainEqual({ type: 'update_connection', data: 'closed' });
    await leave(socket, stream);
    const outputs: unknown[] = [];
    for await (const { id, outputs: given } of stream.outputStream('me')) {
      outputs.push([id, given.args]);
    }
    expect(outputs).toEqual([[1, [4, 2]]]);
    expect(events).toEqual([
      ['connection', 'me', 'websocket'],
      ['disconnection', 'me'],
    ]);
  });

  it('answers offers for routes of the application', async () => {
    const stream = makeStream();
    expect(await stream.offer({ webrtc_id: 'a' })).toMatchObject({ status: 422 });
    const sdp = await RealtimeClient.offer({ audio: 'sendrecv' });
    expect(await stream.offer({ webrtc_id: 'a', type: 'offer', sdp })).toMatchObject({
      status: 200,
      body: { type: 'answer' },
    });
    expect(stream.connections).toMatchObject([{ id: 'a', headers: {} }]);
  });

  it('is told of a client that hung up before it had its answer', async () => {
    const { stream, host } = await serveStream();
    const sdp = await RealtimeClient.offer({ audio: 'sendrecv' });
    const body = JSON.stringify({ webrtc_id: 'a', type: 'offer', sdp });
    const request = httpRequest(`http://${host}/webrtc/offer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    request.on('error', () => undefined);
    request.end(body, () => request.destroy());
    await expect.poll(() => stream.connections.length, { timeout: 10_000 }).toBe(0);
    expect((await post(`http://${host}/webrtc/offer`, body)).status).toBe(200);
  });
});
