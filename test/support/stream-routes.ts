import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { StreamHost } from '../../src/http/realtime/stream-host.js';
import { StreamRoutes } from '../../src/http/realtime/stream-routes.js';
import { silentLogger } from '../../src/logger.js';
import { FakeStreamPort } from './fake-stream-port.js';

/** The routes of a stream that runs no handler; closed when the test ends. */
export function makeStreamRoutes(overrides: Partial<StreamHost> = {}): {
  routes: StreamRoutes;
  port: FakeStreamPort;
  close: () => Promise<void>;
} {
  const port = new FakeStreamPort();
  const closing = new AbortController();
  const routes = new StreamRoutes({
    port,
    title: 'Echo',
    logger: silentLogger,
    access: { allowedOrigins: [], authorize: null, protectIds: false },
    routes: {
      inputHook: '/input_hook',
      outputs: '/outputs',
      triggerResponse: '/trigger_response',
      configuration: true,
      websocket: true,
      telephone: { authToken: null, publicUrl: null },
      client: true,
      page: 'auto',
    },
    closing: closing.signal,
    offer: () => Promise.resolve({ status: 200, body: { sdp: 'v=0', type: 'answer' } }),
    setInput: () => false,
    triggerResponse: () => ({ status: 'success' }),
    readOutputs: () => null,
    rtcConfiguration: () => Promise.resolve(null),
    clientSettings: {},
    ...overrides,
  });
  const close = async (): Promise<void> => {
    closing.abort();
    await routes.close();
  };
  onTestFinished(close);
  return { routes, port, close };
}

/** Listens on a free port until the test ends; gives `127.0.0.1:port`. */
export async function listen(
  server: Pick<Server, 'listen' | 'address' | 'close'>,
): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    if (server instanceof Object && 'closeAllConnections' in server) {
      (server as Server).closeAllConnections();
    }
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What became of an attempt to open a WebSocket. */
export type Opening =
  | { readonly socket: WebSocket }
  | {
      readonly status: number;
      readonly headers: IncomingMessage['headers'];
      readonly body: string;
    };

/** Opens a WebSocket; a refusal is a result. The socket ends with the test. */
export function openWebSocket(
  url: string,
  headers: Record<string, string> = {},
  options: object = {},
): Promise<Opening> {
  const socket = new WebSocket(url, { headers, rejectUnauthorized: false, ...options });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket }));
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    socket.once('error', reject);
  });
}

/** Opens one that must open. */
export async function openedWebSocket(
  ...args: Parameters<typeof openWebSocket>
): Promise<WebSocket> {
  const opening = await openWebSocket(...args);
  if ('socket' in opening) return opening.socket;
  throw new Error(`${args[0]} answered ${opening.status} ${opening.body}`);
}

/** Sends a message and resolves to the next one that comes. */
export function ask(socket: WebSocket, message: object): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString('utf8'))));
    socket.send(JSON.stringify(message));
  });
}

/** Resolves to the code and reason that a socket is closed with. */
export function closeOf(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
  });
}
