import { byId, setText } from './dom.js';

const storageKey = 'framegear-statistics';

/** The row of figures, which the viewer can hide; the choice is kept. */
export class StatisticsView {
  #list = byId('statistics', HTMLElement);
  #toggle = byId('statistics-toggle', HTMLButtonElement);
  #framerate = byId('statistics-framerate', HTMLElement);
  #resolution = byId('statistics-resolution', HTMLElement);
  #bitrate = byId('statistics-bitrate', HTMLElement);
  #latency = byId('statistics-latency', HTMLElement);

  constructor() {
    this.#toggle?.addEventListener('click', () => this.toggle());
    this.#setVisible(readChoice() !== 'hidden');
  }

  /** Shows the figures, or hides them. */
  toggle() {
    const visible = this.#list?.hidden === true;
    this.#setVisible(visible);
    keepChoice(visible ? 'shown' : 'hidden');
  }

  /** @param {import('./statistics.js').Statistics | null} statistics */
  show(statistics) {
    const { framerate, width, height, bitrate, latencyMs } = statistics ?? {};
    setText(this.#framerate, framerate == null ? '–' : `${Math.round(framerate)} fps`);
    setText(this.#resolution, width && height ? `${width} × ${height}` : '–');
    setText(this.#bitrate, bitrate == null ? '–' : formatBitrate(bitrate));
    setText(this.#latency, latencyMs == null ? '–' : `${Math.round(latencyMs)} ms`);
  }

  /** Figures of a picture that no longer moves would mislead. */
  clear() {
    this.show(null);
  }

  /** @param {boolean} visible */
  #setVisible(visible) {
    if (this.#list) this.#list.hidden = !visible;
    this.#toggle?.setAttribute('aria-expanded', String(visible));
  }
}

/** @param {number} bitrate */
function formatBitrate(bitrate) {
  return bitrate >= 1e6
    ? `${(bitrate / 1e6).toFixed(1)} Mbit/s`
    : `${Math.round(bitrate / 1e3)} kbit/s`;
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
