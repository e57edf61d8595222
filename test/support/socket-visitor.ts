import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';

interface SocketMessage {
  event?: string;
  type?: string;
  data?: unknown;
  media?: { payload: string };
}

/** Somebody who talks to a stream over `WS /websocket/offer`, in 16-bit samples at 16 kHz. */
export class SocketVisitor {
  readonly messages: SocketMessage[] = [];
  /** Sound that came: samples in all. */
  heardSamples = 0;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (bytes: Buffer) => {
      const message = JSON.parse(bytes.toString()) as SocketMessage;
      if (message.media)
        this.heardSamples += Buffer.from(message.media.payload, 'base64').length / 2;
      else this.messages.push(message);
    });
  }

  /** Connects to the stream whose page is at `url`. */
  static async connect(url: string): Promise<SocketVisitor> {
    const socket = new WebSocket(new URL('websocket/offer', url.replace(/^http/, 'ws')));
    const visitor = new SocketVisitor(socket);
    await once(socket, 'open');
    visitor.#send({
      event: 'start',
      websocket_id: `visitor-${process.pid}-${Date.now()}`,
      codec: 'pcm16',
      sampleRate: 16_000,
      outputs: true,
    });
    return visitor;
  }

  /** What the server said, `log` messages by their text, others by their type. */
  get said(): unknown[] {
    return this.messages.map(({ event, type, data }) => (type === 'log' ? data : (type ?? event)));
  }

  /** Sends sound in pieces of 20 ms, a few times faster than real time. */
  async speak(samples: Int16Array): Promise<void> {
    for (let at = 0; at < samples.length; at += 320) {
      const piece = samples.slice(at, at + 320);
      const payload = Buffer.from(piece.buffer).toString('base64');
      this.#send({ event: 'media', media: { payload } });
      await delay(5);
    }
  }

  /** Leaves. */
  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}
