import { byId, setText } from './dom.js';

/** How much time is left, as a bar and in words. */
export class TimeLimitBar {
  #box = byId('time', HTMLElement);
  #bar = byId('time-bar', HTMLElement);
  #text = byId('time-text', HTMLElement);
  #timer = 0;

  /** @param {import('../client/index.js').StreamClient} client */
  constructor(client) {
    client.on('timelimit', (limit) => {
      clearInterval(this.#timer);
      this.#box.hidden = limit === null;
      if (!limit) return;
      const show = () => {
        const left = Math.max(0, limit.endsAt - performance.now());
        this.#bar.style.transform = `scaleX(${left / limit.limitMs})`;
        this.#box.classList.toggle('is-short', left < Math.min(15_000, limit.limitMs / 4));
        setText(this.#text, clock(left));
      };
      show();
      this.#timer = setInterval(show, 200);
    });
  }
}

/** @param {number} ms */
function clock(ms) {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
