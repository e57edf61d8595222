import { byId, setText } from './dom.js';

/** @typedef {import('./connection.js').PlayerState} PlayerState */

/** @type {Record<PlayerState['state'], string>} */
const titles = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  ended: 'The stream has ended',
  failed: 'Cannot play',
};

/** More exact words, by code. @type {Record<string, string>} */
const titlesByCode = {
  'autoplay-blocked': 'Ready to play',
  'too-many-viewers': 'The stream is full',
  replaced: 'Watched elsewhere',
};

/** @type {Record<PlayerState['state'], string>} */
const badges = { ...titles, ended: 'Ended', failed: 'Failed' };
/** @type {Record<string, string>} */
const badgesByCode = { 'too-many-viewers': 'Waiting', 'autoplay-blocked': 'Ready' };

/** Shows the state in words: over the picture, in the badge, and to screen readers. */
export class StatusView {
  #player = byId('player', HTMLElement);
  #overlay = byId('overlay', HTMLElement);
  #title = byId('state-title', HTMLElement);
  #reason = byId('state-reason', HTMLElement);
  #countdown = byId('state-countdown', HTMLElement);
  #badge = byId('state-badge', HTMLElement);
  #announcer = byId('announcer', HTMLElement);
  #button = byId('retry', HTMLButtonElement);
  #timer = 0;

  /** @param {import('./connection.js').Connection} connection */
  constructor(connection) {
    this.#button?.addEventListener('click', () => {
      if (connection.state.code === 'autoplay-blocked') connection.play();
      else connection.start();
    });
  }

  /** @param {PlayerState} state */
  show({ state, reason, code, retryAt }) {
    const title = titlesByCode[code] ?? titles[state];
    if (this.#player) {
      this.#player.dataset.state = state;
      this.#player.dataset.code = code;
    }
    if (this.#overlay) this.#overlay.hidden = state === 'live';
    setText(this.#title, title);
    setText(this.#reason, reason);
    setText(this.#badge, badgesByCode[code] ?? badges[state]);
    setText(this.#announcer, reason === '' ? title : `${title}. ${reason}`);
    this.#showButton(buttonLabel(state, code));
    this.#countDown(retryAt);
  }

  /** @param {string} label */
  #showButton(label) {
    const button = this.#button;
    if (!button) return;
    const focused = document.activeElement;
    setText(button, label);
    button.hidden = label === '';
    // a keyboard user must not be thrown back to the top of the page, and finds the button again
    if (focused === button && label === '') this.#player?.focus({ preventScroll: true });
    else if (focused === this.#player && label !== '') button.focus({ preventScroll: true });
  }

  /** @param {number | null} retryAt */
  #countDown(retryAt) {
    clearInterval(this.#timer);
    const tick = () => {
      const seconds = retryAt === null ? 0 : Math.ceil((retryAt - performance.now()) / 1000);
      setText(this.#countdown, seconds > 0 ? `Trying again in ${seconds} s` : '');
    };
    tick();
    if (retryAt !== null) this.#timer = setInterval(tick, 250);
  }
}

/**
 * @param {PlayerState['state']} state
 * @param {string} code Empty while the source reconnects, where a new connection would not help.
 */
function buttonLabel(state, code) {
  if (code === 'autoplay-blocked') return 'Play';
  if (code === 'replaced') return 'Watch here';
  if (state === 'ended') return 'Play again';
  if (state === 'failed') return 'Try again';
  return state === 'reconnecting' && code !== '' ? 'Try now' : '';
}
