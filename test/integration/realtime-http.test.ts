import { createServer, request as httpRequest } from 'node:http';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { tinyApp } from '../support/http-app.js';
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
