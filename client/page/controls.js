import { byId, setName } from './dom.js';

/** @typedef {import('../client/index.js').StreamClient} StreamClient */

/**
 * The mute buttons and their keys.
 *
 * @param {StreamClient} client
 * @param {import('./stream-info.js').Flows} flows
 */
export function setUpControls(client, flows) {
  const microphone = muteButton('microphone', 'microphone', 'm', flows.sendsAudio, (muted) => {
    client.microphoneMuted = muted;
  });
  const camera = muteButton('camera', 'camera', 'v', flows.sendsVideo, (muted) => {
    client.cameraMuted = muted;
  });
  const speaker = muteButton('speaker', 'speaker', 's', flows.receivesAudio, (muted) => {
    client.speakerMuted = muted;
  });
  const byKey = new Map([
    ['m', microphone],
    ['v', camera],
    ['s', speaker],
  ]);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const { target } = event;
    if (target instanceof HTMLElement && target.matches('input, select, textarea')) return;
    const button = byKey.get(event.key.toLowerCase());
    if (button && !button.hidden) button.click();
  });
  client.on('level', (levels) => {
    microphone.style.setProperty('--level', shown(client.microphoneMuted ? 0 : levels.microphone));
    speaker.style.setProperty('--level', shown(levels.answer));
  });
  client.on('remotestream', () => speaker.style.setProperty('--level', '0'));
  client.on('localstream', () => microphone.style.setProperty('--level', '0'));
}

/**
 * @param {string} id
 * @param {string} what
 * @param {string} key
 * @param {boolean} isOfUse
 * @param {(muted: boolean) => void} set
 */
function muteButton(id, what, key, isOfUse, set) {
  const button = byId(id, HTMLButtonElement);
  button.hidden = !isOfUse;
  let muted = false;
  const show = () => {
    button.classList.toggle('is-muted', muted);
    button.setAttribute('aria-pressed', String(muted));
    setName(button, `${muted ? 'Switch on' : 'Switch off'} the ${what}`, key);
  };
  button.addEventListener('click', () => {
    muted = !muted;
    set(muted);
    show();
  });
  show();
  return button;
}

/** @param {number} level */
function shown(level) {
  return level.toFixed(2);
}
