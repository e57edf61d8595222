import { byId, followEnd } from './dom.js';

const mostMessages = 200;

/** The text box, and what was said. */
export class Chat {
  #client;
  #panel = byId('chat', HTMLElement);
  #messages = byId('messages', HTMLElement);
  #input = byId('text', HTMLInputElement);
  #send = byId('send', HTMLButtonElement);
  #stop = byId('stop-chat', HTMLButtonElement);
  /** @type {Map<string, HTMLElement>} Answers that may still grow, by id. */
  #growing = new Map();
  #answering = false;

  /**
   * @param {import('../client/index.js').StreamClient} client
   * @param {() => Promise<boolean>} connect True once there is a connection.
   */
  constructor(client, connect) {
    this.#client = client;
    followEnd(this.#messages);
    byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit(connect);
    });
    this.#stop.addEventListener('click', () => {
      client.stopChat();
      this.#setAnswering(false);
    });
    client.on('chat', ({ id, text }) => {
      this.show();
      this.#part(id, text);
    });
    client.on('avatar_end', () => this.#setAnswering(false));
    client.on('error', () => this.#setAnswering(false));
    client.on('statechange', ({ state }) => {
      if (state === 'closed' || state === 'failed') this.#setAnswering(false);
    });
  }

  show() {
    this.#panel.hidden = false;
    byId('side', HTMLElement).hidden = false;
  }

  /** @param {() => Promise<boolean>} connect */
  async #submit(connect) {
    const text = this.#input.value.trim();
    if (text === '' || this.#answering) return;
    if (!(await connect())) return;
    if (!this.#client.chat(text)) return;
    this.#input.value = '';
    this.#growing.clear();
    this.#add('you', text);
    this.#setAnswering(true);
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  #part(id, text) {
    const known = id === '' ? undefined : this.#growing.get(id);
    if (known) known.append(text);
    else this.#growing.set(id, this.#add('answer', text));
  }

  /**
   * @param {'you' | 'answer'} who
   * @param {string} text
   */
  #add(who, text) {
    const item = document.createElement('li');
    item.className = `message message-${who}`;
    const name = document.createElement('span');
    name.className = 'visually-hidden';
    name.textContent = who === 'you' ? 'You: ' : 'Answer: ';
    const words = document.createElement('span');
    words.textContent = text;
    item.append(name, words);
    this.#messages.append(item);
    if (this.#messages.childElementCount > mostMessages) this.#messages.firstElementChild?.remove();
    return words;
  }

  /** @param {boolean} answering */
  #setAnswering(answering) {
    this.#answering = answering;
    this.#send.hidden = answering;
    this.#stop.hidden = !answering;
  }
}
