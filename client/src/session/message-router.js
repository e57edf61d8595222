import { readMessage } from '../messages.js';

/**
 * @typedef {object} RouterHooks
 * @property {(message: string) => void} endStream The handler ended the stream.
 * @property {() => void} closeWanted The server asks for a close.
 * @property {() => void} serverClosing The server stops; no word of the handler.
 * @property {(message: string) => void} error The handler failed; the connection may go on.
 */

/** Turns what the server says into events. */
export class MessageRouter {
  #emitter;
  #hooks;
  #pending = false;

  /**
   * @param {import('../emitter.js').Emitter<import('../client-events.js').ClientEvents>} emitter
   * @param {RouterHooks} hooks
   */
  constructor(emitter, hooks) {
    this.#emitter = emitter;
    this.#hooks = hooks;
  }

  /** An answer is being made. */
  get pending() {
    return this.#pending;
  }

  /** @param {string} text */
  route(text) {
    const message = readMessage(text);
    const emitter = this.#emitter;
    emitter.emit('message', message);
    switch (message.type) {
      case 'log':
        this.#log(message.text);
        break;
      case 'error':
        this.setPending(false);
        emitter.emit('error', { code: 'handler-error', message: message.text });
        this.#hooks.error(message.text);
        break;
      case 'warning':
        emitter.emit('warning', { code: 'server', message: message.text });
        break;
      case 'end_stream':
        this.setPending(false);
        emitter.emit('end_stream', message.text);
        this.#hooks.endStream(message.text);
        break;
      case 'update_connection':
        if (message.data === 'closed') this.#hooks.closeWanted();
        break;
      case 'server_closing':
        this.#hooks.serverClosing();
        break;
      case 'chat':
        emitter.emit('chat', { id: message.id, text: message.text });
        break;
      case 'stopword':
      case 'send_input':
      case 'avatar_end':
        emitter.emit(message.type, undefined);
        break;
      default:
    }
  }

  /** @param {boolean} pending */
  setPending(pending) {
    if (this.#pending === pending) return;
    this.#pending = pending;
    this.#emitter.emit('pending', pending);
  }

  /** @param {string} text */
  #log(text) {
    this.#emitter.emit('log', text);
    if (text === 'started_talking' || text === 'pause_detected' || text === 'response_starting') {
      this.#emitter.emit(text, undefined);
      this.setPending(text === 'pause_detected');
    }
  }
}
