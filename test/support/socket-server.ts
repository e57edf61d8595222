import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { adaptWebSocket } from '../../src/http/realtime/upgrade/ws-socket.js';
import { StreamCore } from '../../src/realtime/core/stream-core.js';
import type { StreamCoreOptions } from '../../src/realtime/core/stream-options.js';
import { acceptTelephone } from '../../src/realtime/telephone/telephone-session.js';
import type {
  AcceptedSocket,
  SocketSessionOptions,
} from '../../src/realtime/websocket/socket-session.js';
import { maxSocketMessageBytes } from '../../src/realtime/websocket/message-socket.js';
import { acceptWebSocket } from '../../src/realtime/websocket/websocket-session.js';

/** A stream of sound behind real sockets: `websocketUrl` and `telephoneUrl`. Whoever made it closes it. */
export class SocketServer {
  readonly core: StreamCore;
  /** The server's ends of the sockets that were opened. */
  readonly sockets: WebSocket[] = [];
  readonly accepted: AcceptedSocket[] = [];
  readonly #http = createServer();
  readonly #upgrades = new WebSocketServer({
    server: this.#http,
    maxPayload: maxSocketMessageBytes,
    autoPong: false,
  });

  private constructor(options: StreamCoreOptions, sockets: SocketSessionOptions) {
    this.core = new StreamCore({ modality: 'audio', ...options });
    this.#upgrades.on('connection', (socket, { headers, url }) => {
      this.sockets.push(socket);
      const accept = url === '/telephone' ? acceptTelephone : acceptWebSocket;
      this.accepted.push(accept(this.core, adaptWebSocket(socket), { headers }, sockets));
    });
  }

  static async listen(
    options: StreamCoreOptions,
    sockets: SocketSessionOptions = {},
  ): Promise<SocketServer> {
    const server = new SocketServer(options, sockets);
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get websocketUrl(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/websocket`;
  }

  get telephoneUrl(): string {
    return this.websocketUrl.replace('/websocket', '/telephone');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.core.close();
    await Promise.all(this.accepted.map((socket) => socket.close()));
    this.#upgrades.close();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}
