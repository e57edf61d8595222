import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestHandler } from 'express';
import { acceptTelephone } from '../../realtime/telephone/telephone-session.js';
import { acceptWebSocket } from '../../realtime/websocket/websocket-session.js';
import type { Access } from './access.js';
import { answerDetail } from './respond.js';
import type { StreamHost } from './stream-host.js';
import { isSignedSocket } from './telephone-route.js';
import type { SocketGate } from './upgrade/socket-gate.js';
import { asksForWebSocket, takeSocket } from './upgrade/take-socket.js';
import { adaptWebSocket } from './upgrade/ws-socket.js';

/** Which protocol a socket speaks. */
export type SocketKind = 'websocket' | 'telephone';

/** What the sockets of a stream share. */
export interface SocketParts {
  readonly host: StreamHost;
  readonly access: Access;
  readonly gate: SocketGate;
}

/** `GET` of a socket's path: by now the application's middleware has let it pass. */
export function socketHandler(kind: SocketKind, parts: SocketParts): RequestHandler {
  return async (request, response) => {
    if (!asksForWebSocket(request)) {
      response.set('Upgrade', 'websocket');
      answerDetail(response, 426, 'Open this with a WebSocket');
      return;
    }
    const fault = faultOf(kind, request, parts);
    if (fault !== null) {
      answerDetail(response, fault.status, fault.detail);
      return;
    }
    const permitted = await isPermitted(kind, request, parts);
    const taken = await takeSocket(request, response);
    if (taken !== null) open(kind, request, taken, permitted, parts);
    else if (!response.headersSent)
      answerDetail(response, 400, 'The connection cannot be upgraded');
  };
}

/** The same for a socket of the application's own `upgrade` listener. */
export async function openSocket(
  kind: SocketKind,
  request: IncomingMessage,
  taken: { socket: Duplex; head: Buffer },
  parts: SocketParts,
): Promise<void> {
  const ignore = (): void => undefined;
  taken.socket.on('error', ignore);
  const fault = faultOf(kind, request, parts);
  if (fault !== null) {
    refuse(taken.socket, fault);
    return;
  }
  const permitted = await isPermitted(kind, request, parts);
  taken.socket.off('error', ignore);
  open(kind, request, taken, permitted, parts);
}

interface Fault {
  readonly status: number;
  readonly detail: string;
}

function faultOf(kind: SocketKind, request: IncomingMessage, parts: SocketParts): Fault | null {
  const { host, access } = parts;
  if (host.closing.aborted) return { status: 503, detail: 'The stream is closed' };
  if (!access.allowsSocketOf(request)) {
    return { status: 403, detail: 'Pages of this origin may not use this stream (allowedOrigins)' };
  }
  if (kind === 'telephone' && !isSignedSocket(request, host.routes.telephone)) {
    return { status: 403, detail: 'The signature is wrong' };
  }
  return null;
}

function isPermitted(
  kind: SocketKind,
  request: IncomingMessage,
  { access }: SocketParts,
): Promise<boolean> {
  return access.permits(request, { action: kind, webrtcId: null });
}

function open(
  kind: SocketKind,
  request: IncomingMessage,
  taken: { socket: Duplex; head: Buffer },
  permitted: boolean,
  { host, access, gate }: SocketParts,
): void {
  // Calls are nobody's: only the application may feed and read them.
  const visitor = kind === 'websocket' ? access.meet(request) : null;
  gate.accept(request, taken, visitor?.cookie ?? null, (webSocket) => {
    const socket = adaptWebSocket(webSocket);
    if (!permitted || host.closing.aborted) {
      // A page cannot see the status of a handshake, but it can see this.
      if (permitted) socket.close(1001, 'server-closed');
      else socket.close(1008, 'unauthorized');
      webSocket.resume();
      return;
    }
    const { headers } = request;
    const accept = kind === 'websocket' ? acceptWebSocket : acceptTelephone;
    accept(access.portFor(visitor), socket, { headers }, { logger: host.logger });
  });
}

function refuse(socket: Duplex, { status, detail }: Fault): void {
  const body = JSON.stringify({ detail });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
