import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { maxSocketMessageBytes } from '../../../realtime/websocket/message-socket.js';

/** How long a far end may take to answer the goodbye of a stream that closes. */
const goodbyeMs = 1000;

/** Makes WebSockets of sockets, and ends them with the stream. */
export class SocketGate {
  readonly #server: WebSocketServer;
  readonly #open: Set<WebSocket> = new Set();
  readonly #cookies: WeakMap<IncomingMessage, string> = new WeakMap();

  constructor() {
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Sound does not deflate, and a compressor costs every socket 300 KiB.
      perMessageDeflate: false,
      maxPayload: maxSocketMessageBytes,
      autoPong: false,
    });
    this.#server.on('headers', (headers, request) => {
      const cookie = this.#cookies.get(request);
      if (cookie !== undefined) headers.push(`Set-Cookie: ${cookie}`);
    });
  }

  /**
   * Answers the handshake. A request that is none is answered 400 or 426 on its socket, and `opened` is not called.
   *
   * @param cookie - Set with the answer.
   */
  accept(
    request: IncomingMessage,
    { socket, head }: { socket: Duplex; head: Buffer },
    cookie: string | null,
    opened: (socket: WebSocket) => void,
  ): void {
    if (cookie !== null) this.#cookies.set(request, cookie);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#open.add(webSocket);
      webSocket.once('close', () => this.#open.delete(webSocket));
      opened(webSocket);
    });
  }

  /** Says goodbye to those that are left; resolves when all are gone. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map(endSocket));
    this.#server.close();
  }
}

function endSocket(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), goodbyeMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(1001, 'server-closed');
    // One that was not listened to yet is paused, and would not see the answer.
    socket.resume();
  });
}
