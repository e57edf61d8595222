import type {
  MessageSocket,
  MessageSocketListener,
} from '../../src/realtime/websocket/message-socket.js';

/** A socket whose far end is the test. */
export class FakeMessageSocket implements MessageSocket {
  /** What was sent, as it was. */
  readonly sent: (string | Buffer)[] = [];
  /** Set by the test: what the network has not taken. */
  bufferedBytes = 0;
  /** The close frame, once there is one. */
  goodbye: { code: number; reason: string } | null = null;
  terminated = false;
  pings = 0;
  /** Whether the far end answers pings and a goodbye. */
  answers = true;
  #listener: MessageSocketListener | null = null;
  #gone = false;

  listen(listener: MessageSocketListener): void {
    this.#listener = listener;
  }

  send(data: string | Buffer): void {
    if (this.goodbye === null && !this.#gone) this.sent.push(data);
  }

  close(code: number, reason: string): void {
    if (this.goodbye !== null || this.#gone) return;
    this.goodbye = { code, reason };
    if (this.answers) this.leave(code);
  }

  terminate(): void {
    this.terminated = true;
    this.leave(1006);
  }

  ping(): void {
    this.pings += 1;
    if (this.answers && !this.#gone) this.#listener?.pong();
  }

  /** The far end is gone. */
  leave(code = 1005): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#listener?.closed(code, '');
  }

  /** The far end sends: an object as JSON. */
  receive(data: object | string): void {
    const text = typeof data === 'string' || Buffer.isBuffer(data) ? data : JSON.stringify(data);
    this.#listener?.message(text);
  }

  /** What was sent as JSON. */
  get messages(): Record<string, unknown>[] {
    return this.sent
      .filter((data) => typeof data === 'string')
      .map((data) => JSON.parse(data) as Record<string, unknown>);
  }
}
