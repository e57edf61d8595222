import { byId } from './dom.js';

const most = 4;
/** Long enough to read. */
const shownMs = 8000;

/** Short notes in a corner; they leave by themselves, or when they are closed. */
export class Toasts {
  #region = byId('toasts', HTMLElement);

  /**
   * @param {'error' | 'warning' | 'info'} kind
   * @param {string} text
   */
  show(kind, text) {
    if (text === '' || this.#isShown(text)) return;
    const toast = document.createElement('div');
    toast.className = `toast toast-${kind}`;
    toast.setAttribute('role', kind === 'info' ? 'status' : 'alert');
    const words = document.createElement('p');
    words.textContent = text;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'toast-close';
    button.setAttribute('aria-label', 'Close');
    button.textContent = '×';
    const close = () => toast.remove();
    button.addEventListener('click', close);
    let timer = setTimeout(close, shownMs);
    // whoever reads it is not hurried
    toast.addEventListener('pointerenter', () => clearTimeout(timer));
    toast.addEventListener('pointerleave', () => (timer = setTimeout(close, shownMs)));
    toast.append(words, button);
    this.#region.append(toast);
    while (this.#region.childElementCount > most) this.#region.firstElementChild?.remove();
  }

  /** @param {string} text */
  #isShown(text) {
    return [...this.#region.querySelectorAll('p')].some((words) => words.textContent === text);
  }
}
