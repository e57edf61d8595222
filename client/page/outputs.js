import { byId, followEnd } from './dom.js';

const mostOutputs = 200;

/** What the handler gives beside sound and pictures, as JSON; shown once there is any. */
export class Outputs {
  #list = byId('output-list', HTMLElement);

  /** @param {import('../client/index.js').StreamClient} client */
  constructor(client) {
    followEnd(this.#list);
    client.on('output', ({ data }) => this.#add(data));
    byId('clear-outputs', HTMLButtonElement).addEventListener('click', () => {
      this.#list.replaceChildren();
    });
  }

  /** @param {unknown} data */
  #add(data) {
    byId('outputs', HTMLElement).hidden = false;
    byId('side', HTMLElement).hidden = false;
    const item = document.createElement('li');
    const time = document.createElement('time');
    time.textContent = new Date().toLocaleTimeString([], { hour12: false });
    const text = document.createElement('code');
    text.textContent = written(data);
    item.append(time, text);
    this.#list.append(item);
    if (this.#list.childElementCount > mostOutputs) this.#list.firstElementChild?.remove();
  }
}

/** @param {unknown} data */
function written(data) {
  // nearly always one value: shown without the list around it
  const value = Array.isArray(data) && data.length === 1 ? /** @type {unknown} */ (data[0]) : data;
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
}
