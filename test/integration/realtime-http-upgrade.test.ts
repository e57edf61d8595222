import { Agent, createServer, request as httpRequest } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import express from 'express';
import { createSelfSignedCertificate } from 'werift';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder, tinyApp } from '../support/http-app.js';
import {
  ask,
  closeOf,
  listen,
  makeStreamRoutes,
  openedWebSocket,
  openWebSocket,
} from '../support/stream-routes.js';

/** An application with a stream below `path`. */
function mounted(
  path = '',
  overrides = {},
): ReturnType<typeof makeStreamRoutes> & {
  app: express.Express;
} {
  const made = makeStreamRoutes(overrides);
  const app = express();
  made.routes.mount(app, path, { own: false });
  return { ...made, app };
}

async function serve(listener: RequestListener): Promise<{ host: string; server: Server }> {
  const server = createServer(listener);
  return { host: await listen(server), server };
}

async function expectServed(url: string): Promise<WebSocket> {
  const socket = await openedWebSocket(url);
  expect(await ask(socket, { event: 'ping' })).toEqual({ event: 'pong' });
  return socket;
}

/** Another library on the same server, with a path of its own. */
function addOtherLibrary(server: Server, path: string): void {
  const other = new WebSocketServer({ server, path });
  onTestFinished(() => other.close());
  other.on('connection', (socket) => socket.on('message', () => socket.send('"other"')));
}

async function expectOther(url: string): Promise<void> {
  const socket = await openedWebSocket(url);
  expect(await ask(socket, {})).toBe('other');
}

describe('the first request of a server is a WebSocket', () => {
  it('of app.listen()', async () => {
    const { app } = mounted();
    const server = app.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await vi.waitFor(() => expect(server.listening).toBe(true));
    const { port } = server.address() as { port: number };
    await expectServed(`ws://127.0.0.1:${port}/websocket/offer`);
  });

  it('of http.createServer(app), under a prefix', async () => {
    const { host } = await serve(mounted('/chat').app);
    await expectServed(`ws://${host}/chat/websocket/offer`);
    await openedWebSocket(`ws://${host}/chat/telephone/handler?call=1`);
  });

  it('of a server that calls the application from a function', async () => {
    const { app } = mounted();
    const { host } = await serve((request, response) => void app(request, response));
    await expectServed(`ws://${host}/websocket/offer`);
  });

  it('of https.createServer(app)', async () => {
    // ECDSA with SHA-256, on P-256
    const { keyPem, certPem } = await createSelfSignedCertificate({ signature: 3, hash: 4 }, 23);
    const { app } = mounted();
    const host = await listen(createSecureServer({ key: keyPem, cert: certPem }, app));
    await expectServed(`wss://${host}/websocket/offer`);
  });

  it('of an application in an application', async () => {
    const { app } = mounted('/y');
    const outer = express();
    outer.use('/x', app);
    await expectServed(`ws://${(await serve(outer)).host}/x/y/websocket/offer`);
  });

  it('of a router with a prefix', async () => {
    const { routes } = makeStreamRoutes();
    const router = express.Router();
    routes.mount(router, '/inner', { own: false });
    const app = express();
    app.use('/rooms', router);
    await expectServed(`ws://${(await serve(app)).host}/rooms/inner/websocket/offer`);
  });

  it('of the application of createServer(), mounted or not', async () => {
    const { app } = await tinyApp();
    makeStreamRoutes().routes.mount(app, '/chat', { own: false });
    await expectServed(`ws://${(await serve(app)).host}/chat/websocket/offer`);
    const outer = express();
    outer.use('/cam', app);
    await expectServed(`ws://${(await serve(outer)).host}/cam/chat/websocket/offer`);
  });

  it('of two streams on one server, one of them mounted twice', async () => {
    const { app, routes } = mounted('/a');
    routes.mount(app, '/b', { own: false });
    makeStreamRoutes().routes.mount(app, '/c', { own: false });
    const { host } = await serve(app);
    for (const path of ['a', 'b', 'c']) await expectServed(`ws://${host}/${path}/websocket/offer`);
  });

  it('of a server that listens on a Unix socket', async () => {
    const { app } = mounted();
    const server = createServer(app);
    const file = `${await temporaryFolder()}/http.sock`;
    await new Promise<void>((resolve) => server.listen(file, resolve));
    onTestFinished(() => void server.close());
    await expectServed(`ws+unix:${file}:/websocket/offer`);
  });
});

describe('a server with a listener for upgrades of another library', () => {
  it('serves both, whatever comes first', async () => {
    const { app } = mounted('/chat');
    const { host, server } = await serve(app);
    addOtherLibrary(server, '/other');
    await expectServed(`ws://${host}/chat/websocket/offer`);
    await expectOther(`ws://${host}/other`);
    await expectServed(`ws://${host}/chat/websocket/offer`);
  });

  it('serves both when the application is inside of another, or behind a function once a request was seen', async () => {
    const { app } = mounted('/y');
    const outer = express();
    outer.use('/x', app);
    const first = await serve(outer);
    addOtherLibrary(first.server, '/other');
    await expectServed(`ws://${first.host}/x/y/websocket/offer`);
    const second = await serve((request, response) => void outer(request, response));
    addOtherLibrary(second.server, '/other');
    await fetch(`http://${second.host}/x/y/webrtc/configuration`);
    await expectServed(`ws://${second.host}/x/y/websocket/offer`);
    await expectOther(`ws://${second.host}/other`);
  });

  it('serves both from the start when mount() is told the server', async () => {
    const { routes } = makeStreamRoutes();
    const router = express.Router();
    const app = express().use('/r', router);
    const { host, server } = await serve((request, response) => void app(request, response));
    addOtherLibrary(server, '/other');
    routes.mount(router, '', { own: false, server });
    await expectServed(`ws://${host}/r/websocket/offer`);
  });

  it('gets paths that end like ours but are not', async () => {
    const { app } = mounted('/chat');
    const { host, server } = await serve(app);
    addOtherLibrary(server, '/python/websocket/offer');
    await expectServed(`ws://${host}/chat/websocket/offer`);
    await expectOther(`ws://${host}/python/websocket/offer`);
    // ws itself refuses what nobody knows
    expect(await openWebSocket(`ws://${host}/nowhere`)).toMatchObject({ status: 400 });
  });

  it('comes after the application has had its say', async () => {
    const { routes } = makeStreamRoutes();
    const app = express();
    app.use((request, response, next) => {
      if (request.headers['x-key'] === 'right') setTimeout(next, 5);
      else response.status(401).json({ error: 'no' });
    });
    routes.mount(app, '', { own: false });
    const { host, server } = await serve(app);
    const url = `ws://${host}/websocket/offer`;
    // in the route
    expect(await openWebSocket(url)).toMatchObject({ status: 401, body: '{"error":"no"}' });
    await openedWebSocket(url, { 'x-key': 'right' });
    // by the event
    addOtherLibrary(server, '/other');
    expect(await openWebSocket(url)).toMatchObject({ status: 401, body: '{"error":"no"}' });
    const socket = await openedWebSocket(url, { 'x-key': 'right' });
    expect(await ask(socket, { event: 'ping' })).toEqual({ event: 'pong' });
  });

  it('has its server back when the stream is closed', async () => {
    const { app, close } = mounted();
    const { host, server } = await serve(app);
    addOtherLibrary(server, '/other');
    const socket = await expectServed(`ws://${host}/websocket/offer`);
    expect(Object.hasOwn(server, 'emit')).toBe(true);
    const closed = closeOf(socket);
    await close();
    expect(await closed).toEqual({ code: 1001, reason: 'server-closed' });
    expect(Object.hasOwn(server, 'emit')).toBe(false);
    await expectOther(`ws://${host}/other`);
  });
});

describe('an upgrade listener of the application', () => {
  it('hands sockets over, and keeps those that are not ours', async () => {
    const { routes } = makeStreamRoutes();
    const { host, server } = await serve((_request, response) => void response.end());
    const left: (string | undefined)[] = [];
    server.on('upgrade', (request, socket, head) => {
      if (routes.takeUpgrade(request, socket, head)) return;
      left.push(request.url);
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    });
    await expectServed(`ws://${host}/any/where/websocket/offer`);
    expect(await openWebSocket(`ws://${host}/else`)).toMatchObject({ status: 404 });
    expect(left).toEqual(['/else']);
  });

  it('has foreign pages and closed streams refused', async () => {
    const { routes, close } = makeStreamRoutes();
    const { host, server } = await serve((_request, response) => void response.end());
    server.on('upgrade', (request, socket, head) => routes.takeUpgrade(request, socket, head));
    const url = `ws://${host}/websocket/offer`;
    expect(await openWebSocket(url, { origin: 'https://evil.example' })).toMatchObject({
      status: 403,
    });
    await close();
    expect(await openWebSocket(url)).toMatchObject({ status: 503 });
  });
});

describe('sockets', () => {
  it('are refused to what is no WebSocket', async () => {
    const { host } = await serve(mounted().app);
    const plain = await fetch(`http://${host}/websocket/offer`);
    expect(plain.status).toBe(426);
    expect(plain.headers.get('upgrade')).toBe('websocket');
    const posted = await fetch(`http://${host}/websocket/offer`, { method: 'POST' });
    expect(posted.status).toBe(405);
    expect(posted.headers.get('allow')).toBe('GET');
    // a handshake that is broken
    const answer = await rawRequest(host, 'Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('compress nothing, and close with 1009 on a message beyond a megabyte', async () => {
    const { host } = await serve(mounted().app);
    const socket = await openedWebSocket(`ws://${host}/websocket/offer`);
    expect(socket.extensions).toBe('');
    const closed = closeOf(socket);
    socket.send('x'.repeat(1024 * 1024 + 1));
    expect(await closed).toMatchObject({ code: 1009 });
  });

  it('come on connections that carried requests before', async () => {
    const { host } = await serve(mounted().app);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    await new Promise((resolve, reject) => {
      httpRequest(`http://${host}/webrtc/configuration`, { agent }, (response) => {
        response.resume().once('end', resolve);
      })
        .once('error', reject)
        .end();
    });
    const socket = await openedWebSocket(`ws://${host}/websocket/offer`, {}, { agent });
    expect(await ask(socket, { event: 'ping' })).toEqual({ event: 'pong' });
  });

  it('outlive what the server does with idle connections, and middleware learns of their end', async () => {
    const { routes } = makeStreamRoutes();
    const app = express();
    const ends: number[] = [];
    app.use((_request, response, next) => {
      response.once('close', () => ends.push(response.statusCode));
      next();
    });
    // a time-out that does not know WebSockets
    let late: (() => void) | null = null;
    app.use((_request, response, next) => {
      late = () => void response.status(503).send('too late');
      next();
    });
    routes.mount(app, '', { own: false });
    const { host, server } = await serve(app);
    for (const hasOthers of [false, true]) {
      if (hasOthers) addOtherLibrary(server, '/other');
      const socket = await openedWebSocket(`ws://${host}/websocket/offer`);
      server.closeIdleConnections();
      server.closeAllConnections();
      (late as unknown as () => void)();
      expect(await ask(socket, { event: 'ping' })).toEqual({ event: 'pong' });
      const closed = closeOf(socket);
      socket.close(1000);
      expect(await closed).toMatchObject({ code: 1000 });
    }
    await expect.poll(() => ends).toEqual([101, 101]);
  });

  it('carry megabytes both ways, in pieces of any size', async () => {
    const { host } = await serve(mounted().app);
    const socket = await openedWebSocket(`ws://${host}/websocket/offer`);
    let pongs = 0;
    socket.on('pong', () => (pongs += 1));
    const payload = 'x'.repeat(100_000);
    for (let i = 0; i < 30; i += 1) socket.send(JSON.stringify({ event: 'unknown', payload }));
    socket.ping();
    expect(await ask(socket, { event: 'ping' })).toEqual({ event: 'pong' });
    await expect.poll(() => pongs).toBe(1);
  });

  it('end without a trace when the client goes in mid-handshake', async () => {
    const { routes } = makeStreamRoutes();
    const app = express();
    let waiting: (() => void) | null = null;
    app.use((_request, _response, next) => {
      waiting = next;
    });
    routes.mount(app, '', { own: false });
    const { host } = await serve(app);
    const [, port] = host.split(':');
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `GET /websocket/offer HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await vi.waitFor(() => expect(waiting).not.toBeNull());
    socket.destroy();
    await new Promise((resolve) => socket.once('close', resolve));
    (waiting as unknown as () => void)();
    waiting = null;
    const second = openedWebSocket(`ws://${host}/websocket/offer`);
    await vi.waitFor(() => expect(waiting).not.toBeNull());
    (waiting as unknown as () => void)();
    expect(await ask(await second, { event: 'ping' })).toEqual({ event: 'pong' });
  });
});

/** Sends a handshake by hand; gives what comes back. */
function rawRequest(host: string, headers: string): Promise<string> {
  const [, port] = host.split(':');
  return new Promise((resolve, reject) => {
    let text = '';
    connect(Number(port), '127.0.0.1')
      .setEncoding('utf8')
      .on('data', (piece: string) => (text += piece))
      .on('end', () => resolve(text))
      .on('error', reject)
      .write(
        `GET /websocket/offer HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n\r\n`,
      );
  });
}
