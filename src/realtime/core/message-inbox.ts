import type { StreamHandler } from '../handlers/stream-handler.js';
import { readChat, receivedLog } from '../wire.js';
import type { LoopHost } from './loop-host.js';

/** Messages before the start that are kept, and calls of a handler that may be under way; more are left out. */
const mostMessages = 64;

/** Hands the client's messages to its handler: each at once, since the next may be `stop_chat`. */
export class MessageInbox {
  readonly #handler: StreamHandler | null;
  readonly #host: LoopHost;
  #early: (string | Buffer)[] = [];
  #started = false;
  #underWay = 0;

  constructor(handler: StreamHandler | null, host: LoopHost) {
    this.#handler = handler;
    this.#host = host;
  }

  /** From now on the handler is called; with what came before, too. */
  start(): void {
    this.#started = true;
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#deliver(message);
  }

  /** Takes one, and answers it where clients expect that. */
  receive(message: string | Buffer): void {
    const host = this.#host;
    host.stats.messagesIn += 1;
    if (typeof message === 'string' && host.link.name === 'webrtc' && readChat(message) === null) {
      host.link.send(JSON.stringify(receivedLog(message)));
    }
    if (this.#started) {
      this.#deliver(message);
      return;
    }
    this.#early.push(message);
    if (this.#early.length <= mostMessages) return;
    this.#early.shift();
    host.stats.dropped.messagesFull += 1;
  }

  #deliver(message: string | Buffer): void {
    const handler = this.#handler;
    if (handler === null) return;
    if (this.#underWay >= mostMessages) {
      this.#host.stats.dropped.messagesFull += 1;
      return;
    }
    void this.#call('onMessage', () => handler.onMessage(message));
    const chat = typeof message === 'string' ? readChat(message) : null;
    if (chat !== null) void this.#call('onChat', () => handler.onChat(chat));
  }

  async #call(method: string, call: () => void | Promise<void>): Promise<void> {
    this.#underWay += 1;
    try {
      await this.#host.calls.run(method, call);
    } catch (error) {
      this.#host.fault(method, error);
    } finally {
      this.#underWay -= 1;
    }
  }
}
