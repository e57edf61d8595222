import { byId } from './dom.js';

/** A field for the inputs that a handler waits for; shown once it asks. */
export class Inputs {
  #client;
  #toasts;
  #panel = byId('inputs', HTMLElement);
  #text = byId('inputs-text', HTMLTextAreaElement);

  /**
   * @param {import('../client/index.js').StreamClient} client
   * @param {import('./toasts.js').Toasts} toasts
   */
  constructor(client, toasts) {
    this.#client = client;
    this.#toasts = toasts;
    client.on('send_input', () => this.#ask());
    byId('inputs-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
  }

  #ask() {
    const isNew = this.#panel.hidden;
    this.#panel.hidden = false;
    byId('side', HTMLElement).hidden = false;
    // a handler that asks at each turn gets what it got before, until that is changed
    if (isNew) this.#text.focus({ preventScroll: true });
    else void this.#send();
  }

  async #send() {
    const text = this.#text.value.trim();
    if (text === '') return;
    try {
      await this.#client.setInputs(read(text));
    } catch (error) {
      this.#toasts.show('error', error instanceof Error ? error.message : String(error));
    }
  }
}

/**
 * An object or a list as JSON are the inputs; anything else is the only one.
 *
 * @param {string} text
 * @returns {Record<string, unknown> | unknown[]}
 */
function read(text) {
  try {
    /** @type {unknown} */
    const value = JSON.parse(text);
    const isMany = typeof value === 'object' && value !== null;
    return isMany ? /** @type {Record<string, unknown> | unknown[]} */ (value) : [value];
  } catch {
    return [text];
  }
}
