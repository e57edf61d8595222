import type { ServerResponse, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A socket that speaks HTTP no longer. */
export interface TakenSocket {
  /** Silent until somebody reads it. */
  readonly socket: Duplex;
  /** What came behind the request. */
  readonly head: Buffer;
}

/** Sockets of requests that came by an `upgrade` event, which Node has freed of HTTP. */
const freed: WeakMap<IncomingMessage, TakenSocket> = new WeakMap();

/** Keeps what an `upgrade` event brought, for {@link takeSocket}. */
export function keepFreedSocket(request: IncomingMessage, taken: TakenSocket): void {
  freed.set(request, taken);
}

/** True for a request that came by an `upgrade` event and whose socket nobody has taken. */
export function holdsFreedSocket(request: IncomingMessage): boolean {
  return freed.has(request);
}

/** Forgets it, because others shall have it. */
export function releaseFreedSocket(request: IncomingMessage): void {
  freed.delete(request);
}

/** True for a request that asks for a WebSocket. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return (
    headers.upgrade?.toLowerCase() === 'websocket' &&
    /(^|[\s,])upgrade([\s,]|$)/i.test(headers.connection ?? '')
  );
}

/**
 * Takes the socket of a request out of HTTP's hands, from inside a route. A server without an `upgrade` listener treats a
 * request for an upgrade as any other: so it comes through the whole application, its sessions and its checks, under
 * any prefix. The response ends (`close`) with the socket.
 *
 * @returns `null` when the socket cannot be had: it is gone, or earlier requests on it have no answer yet.
 */
export async function takeSocket(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<TakenSocket | null> {
  const known = freed.get(request);
  if (known !== undefined) {
    freed.delete(request);
    endWith(response, known.socket);
    return known.socket.destroyed ? null : known;
  }
  // The parser may be on the stack: it is in the middle of this request when no middleware before us waited.
  await new Promise((resolve) => setImmediate(resolve));
  const { socket } = request;
  if (socket.destroyed || !socket.writable || response.socket !== socket || response.headersSent) {
    return null;
  }
  response.detachSocket(socket);
  freeOfHttp(socket);
  endWith(response, socket);
  return { socket, head: Buffer.alloc(0) };
}

/** What Node's own upgrade does, as far as it can be done from outside. */
function freeOfHttp(socket: Duplex & { parser?: HttpParser | null }): void {
  // The parser reads the handle past the stream. The first `data` listener gives the handle back to the stream.
  socket.on('data', () => undefined);
  socket.removeAllListeners('data');
  for (const [event, name] of httpListeners) {
    for (const listener of socket.listeners(event)) {
      if (listener.name === name) socket.off(event, listener as (...args: unknown[]) => void);
    }
  }
  // So that `server.closeIdleConnections()` and its time-outs know nothing of it; HTTP's own `close` listener frees it.
  socket.parser?.remove?.();
}

/** Listeners of Node's HTTP server on its sockets that must not outlive HTTP. */
const httpListeners: readonly (readonly [event: string, name: string])[] = [
  ['end', 'bound socketOnEnd'],
  ['drain', 'bound socketOnDrain'],
  ['error', 'socketOnError'],
  ['timeout', 'socketOnTimeout'],
];

/** Node's parser of a connection, as far as it is used. */
interface HttpParser {
  /** Takes it off its server's list of connections. */
  remove?(): void;
}

/** Middleware waits for the end of a response to clean up or to log. */
function endWith(response: ServerResponse, socket: Duplex): void {
  socket.once('close', () => {
    // Not before: somebody may set another one meanwhile, which nobody gets.
    response.statusCode = 101;
    response.emit('close');
  });
}
