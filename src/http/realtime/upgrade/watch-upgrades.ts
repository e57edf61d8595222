import { ServerResponse } from 'node:http';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { holdsFreedSocket, keepFreedSocket, releaseFreedSocket } from './take-socket.js';
import type { TakenSocket } from './take-socket.js';

/** What Node serves HTTP with. */
export type AnyServer = HttpServer | HttpsServer;

type Emit = AnyServer['emit'];

interface Watched {
  /** Streams that want it watched. */
  count: number;
  /** Puts the server's own `emit` back. */
  restore(): void;
}

const watched: WeakMap<AnyServer, Watched> = new WeakMap();

/** The ends of our sockets' paths, whatever they are mounted under. */
const ownPaths = /\/(websocket\/offer|telephone\/handler)\/?$/i;

/**
 * Sees to it that our WebSockets come through where others listen for upgrades as well. Where nobody listens, Node hands
 * upgrades to the application by itself and this does nothing. Where somebody does, requests for our paths are led
 * through the application, as if nobody did; what it answers 404 goes to the others, and so does everything else.
 *
 * `emit` is wrapped because listeners cannot keep an event from each other: most that find a path that they do not know
 * end its socket.
 *
 * @returns the end of it.
 */
export function watchUpgrades(server: AnyServer): () => void {
  const known = watched.get(server) ?? wrap(server);
  known.count += 1;
  let released = false;
  return () => {
    if (released) return;
    released = true;
    known.count -= 1;
    if (known.count > 0) return;
    watched.delete(server);
    known.restore();
  };
}

function wrap(server: AnyServer): Watched {
  const inherited = !Object.hasOwn(server, 'emit');
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the server
  const original = server.emit as (event: string, ...args: unknown[]) => boolean;
  let active = true;
  const emit = function (this: AnyServer, event: string, ...args: unknown[]): boolean {
    if (active && event === 'upgrade') {
      const [request, socket, head] = args as [IncomingMessage, Duplex, Buffer];
      const passOn = (): void => void original.call(this, event, ...args);
      if (ownPaths.test(pathOf(request))) {
        leadThroughApplication(this, request, { socket, head }, passOn);
        return true;
      }
    }
    return original.call(this, event, ...args);
  };
  server.emit = emit as Emit;
  const entry: Watched = {
    count: 0,
    restore: () => {
      active = false;
      // Somebody may have wrapped ours meanwhile, which then does nothing.
      if (server.emit !== (emit as Emit)) return;
      if (inherited) Reflect.deleteProperty(server, 'emit');
      else server.emit = original as Emit;
    },
  };
  watched.set(server, entry);
  return entry;
}

function leadThroughApplication(
  server: AnyServer,
  request: IncomingMessage,
  { socket, head }: TakenSocket,
  passOn: () => void,
): void {
  const { url } = request;
  keepFreedSocket(request, { socket, head });
  // Node has taken its own listener away.
  const ignore = (): void => undefined;
  socket.on('error', ignore);
  const response = lateResponse(request, socket, () => {
    socket.off('error', ignore);
    if (url !== undefined) request.url = url;
    passOn();
  });
  server.emit('request', request, response);
}

/**
 * A response to a request for an upgrade: its status decides where it goes. 404 is nobody's but the others'; anything
 * else is an answer; after a route has taken the socket, what comes late (a time-out's 503) goes nowhere.
 */
function lateResponse(
  request: IncomingMessage,
  socket: Duplex,
  passOn: () => void,
): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  const writeHead = response.writeHead.bind(response);
  // On the object, since Express gives it another prototype.
  response.writeHead = (status: number, ...rest: unknown[]) => {
    if (holdsFreedSocket(request)) {
      releaseFreedSocket(request);
      if (status === 404) passOn();
      else answerOn(response, socket);
    }
    return writeHead(status, ...(rest as []));
  };
  return response;
}

function answerOn(response: ServerResponse, socket: Duplex): void {
  // Its type wants a TCP socket; TLS and other streams do.
  response.assignSocket(socket as Socket);
  response.once('finish', () => {
    response.detachSocket(socket as Socket);
    socket.end();
  });
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}
