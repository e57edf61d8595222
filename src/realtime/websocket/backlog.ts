import { ProtocolError } from './protocol-error.js';

const maxMessages = 256;
const maxBytes = 1024 * 1024;

/** Messages that came while a place is being taken, to be read after it. */
export class Backlog {
  #messages: (string | Buffer)[] = [];
  #bytes = 0;

  /** @throws {ProtocolError} `too-many-messages` beyond 256 messages or a megabyte. */
  add(data: string | Buffer): void {
    this.#bytes += data.length;
    if (this.#messages.length >= maxMessages || this.#bytes > maxBytes) {
      throw new ProtocolError('too-many-messages', 'Too many messages before "start" was answered');
    }
    this.#messages.push(data);
  }

  /** The messages, in order; none are left. */
  take(): (string | Buffer)[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }
}
