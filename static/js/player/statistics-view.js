import { byId, setText } from './dom.js';
import { figuresOf } from './figures.js';

const storageKey = 'framegear-statistics';

/** The figures, which the viewer can hide; the choice is kept. */
export class StatisticsView {
  #list = byId('statistics', HTMLElement);
  #toggle = byId('statistics-toggle', HTMLButtonElement);
  #details = byId('statistics-details', HTMLDetailsElement);
  /** @type {Map<string, HTMLElement | null>} */
  #elements = new Map();
  #onWatch;

  /** @param {(watched: boolean) => void} onWatch Told whether somebody looks at the server's figures. */
  constructor(onWatch) {
    this.#onWatch = onWatch;
    this.#toggle?.addEventListener('click', () => this.toggle());
    this.#details?.addEventListener('toggle', () => this.#tellWatched());
    document.addEventListener('visibilitychange', () => this.#tellWatched());
    this.#setVisible(readChoice() !== 'hidden');
  }

  /** Shows the figures, or hides them. */
  toggle() {
    const visible = this.#list?.hidden === true;
    this.#setVisible(visible);
    keepChoice(visible ? 'shown' : 'hidden');
  }

  /** @param {import('./connection.js').Connection} connection */
  show({ statistics, talk }) {
    const figures = figuresOf(statistics, talk);
    for (const [name, text] of Object.entries(figures)) {
      if (!this.#elements.has(name)) {
        this.#elements.set(name, byId(`statistics-${name}`, HTMLElement));
      }
      setText(this.#elements.get(name) ?? null, text);
    }
  }

  /** Figures of a picture that no longer moves would mislead. */
  clear() {
    for (const element of this.#elements.values()) setText(element, '–');
  }

  /** @param {boolean} visible */
  #setVisible(visible) {
    if (this.#list) this.#list.hidden = !visible;
    this.#toggle?.setAttribute('aria-expanded', String(visible));
    this.#tellWatched();
  }

  #tellWatched() {
    const open = this.#details?.open === true && this.#list?.hidden === false;
    this.#onWatch(open && document.visibilityState === 'visible');
  }
}

// storage throws where the browser forbids it, in frames of other sites for example

function readChoice() {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/** @param {string} choice */
function keepChoice(choice) {
  try {
    localStorage.setItem(storageKey, choice);
  } catch {
    // then it holds for this visit
  }
}
