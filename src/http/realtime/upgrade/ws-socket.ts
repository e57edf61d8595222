import type { WebSocket } from 'ws';
import type {
  MessageSocket,
  MessageSocketListener,
} from '../../../realtime/websocket/message-socket.js';

/** While so many bytes wait for the network, pings are not answered: those whose answers nobody reads cost their sender nothing. */
const maxBufferedForPong = 64 * 1024;
/** What a WebSocket's close frame has room for. */
const maxReasonBytes = 123;

/** Makes a socket of `ws` what the transports run on. Nothing is read before `listen()`. */
export function adaptWebSocket(socket: WebSocket): MessageSocket {
  return new WsSocket(socket);
}

class WsSocket implements MessageSocket {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    // `close` follows every error, with a code that tells.
    socket.on('error', () => undefined);
    socket.on('ping', (data) => {
      const { bufferedAmount, readyState, OPEN } = socket;
      if (readyState === OPEN && bufferedAmount <= maxBufferedForPong) {
        socket.pong(data, undefined, ignore);
      }
    });
    socket.pause();
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  listen(listener: MessageSocketListener): void {
    const socket = this.#socket;
    if (socket.readyState === socket.CLOSED) {
      listener.closed(1006, '');
      return;
    }
    socket.on('message', (data, isBinary) => {
      // `binaryType` is nodebuffer: a message is one Buffer.
      const bytes = data as Buffer;
      listener.message(isBinary ? bytes : bytes.toString('utf8'));
    });
    socket.on('pong', () => listener.pong());
    socket.once('close', (code, reason) => listener.closed(code, reason.toString('utf8')));
    socket.resume();
  }

  send(data: string | Buffer): void {
    const socket = this.#socket;
    if (socket.readyState === socket.OPEN) socket.send(data, ignore);
  }

  close(code: number, reason: string): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    socket.close(code, shorten(reason));
  }

  terminate(): void {
    this.#socket.terminate();
  }

  ping(): void {
    const socket = this.#socket;
    if (socket.readyState === socket.OPEN) socket.ping(undefined, undefined, ignore);
  }
}

/** A socket that breaks tells so by `close`; without a callback `ws` would throw. */
const ignore = (): void => undefined;

function shorten(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > maxReasonBytes) text = text.slice(0, -1);
  return text;
}
