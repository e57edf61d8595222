import { once } from 'node:events';
import { vi } from 'vitest';
import { WebSocket } from 'ws';

/** What a server says over a socket. */
export interface SocketMessage {
  event?: string;
  type?: string;
  status?: string;
  data?: unknown;
  meta?: unknown;
  media?: { payload: string };
  mark?: { name: string };
  streamSid?: string;
}

/** A client of the WebSocket protocols that notes everything. */
export class SocketClient {
  readonly socket: WebSocket;
  readonly messages: SocketMessage[] = [];
  readonly binary: Buffer[] = [];
  /** Set at the end. */
  closed: { code: number; reason: string } | null = null;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.binary.push(data);
      else this.messages.push(JSON.parse(data.toString('utf8')) as SocketMessage);
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') };
    });
    this.socket.on('error', () => undefined);
  }

  /** Connects, and says something at once. */
  static async open(url: string, ...first: object[]): Promise<SocketClient> {
    const client = new SocketClient(url);
    await once(client.socket, 'open');
    for (const event of first) client.send(event);
    return client;
  }

  /** An object as JSON, text and bytes as they are. */
  send(data: object | string): void {
    const raw = typeof data === 'string' || Buffer.isBuffer(data);
    this.socket.send(raw ? data : JSON.stringify(data));
  }

  sendSound(bytes: Buffer): void {
    this.send({ event: 'media', media: { payload: bytes.toString('base64') } });
  }

  /** Bytes of all sound so far. */
  get sound(): Buffer {
    const payloads = this.messages.flatMap(({ media }) => media?.payload ?? []);
    return Buffer.concat(payloads.map((payload) => Buffer.from(payload, 'base64')));
  }

  /** Waits for a message that the test describes by some of its fields. */
  async expectMessage(fields: SocketMessage): Promise<SocketMessage> {
    return vi.waitFor(
      () => {
        const found = this.messages.find((message) =>
          Object.entries(fields).every(
            ([name, value]) =>
              JSON.stringify(message[name as keyof SocketMessage]) === JSON.stringify(value),
          ),
        );
        if (found === undefined) throw new Error(`no ${JSON.stringify(fields)} came`);
        return found;
      },
      { timeout: 15_000, interval: 10 },
    );
  }

  /** Waits for the end. */
  async expectClosed(): Promise<{ code: number; reason: string }> {
    return vi.waitFor(
      () => {
        if (this.closed === null) throw new Error('the socket is open');
        return this.closed;
      },
      { timeout: 15_000, interval: 10 },
    );
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}
