import { byId } from './dom.js';

/** How long the controls stay over a full-screen picture after the last movement, in ms. */
const idleMs = 2500;

/**
 * Names that older Safari has.
 *
 * @typedef {HTMLElement & { webkitRequestFullscreen?: () => void }} OldElement
 * @typedef {Document & { webkitFullscreenElement?: Element, webkitExitFullscreen?: () => void }} OldDocument
 * @typedef {HTMLVideoElement & { webkitEnterFullscreen?: () => void }} OldVideo
 */

/**
 * Puts the whole player, states and controls included, on the full screen; where only a video can go
 * there (iPhone), the video.
 *
 * @param {HTMLVideoElement} video
 * @returns {() => void} Toggles.
 */
export function setUpFullscreen(video) {
  const player = /** @type {OldElement} */ (byId('player', HTMLElement) ?? video);
  const button = byId('fullscreen', HTMLButtonElement);
  const page = /** @type {OldDocument} */ (document);
  const oldVideo = /** @type {OldVideo} */ (video);
  const current = () => page.fullscreenElement ?? page.webkitFullscreenElement ?? null;

  const show = () => {
    const active = current() === player;
    player.classList.toggle('is-fullscreen', active);
    const label = active ? 'Leave full screen' : 'Full screen';
    button?.setAttribute('aria-label', label);
    if (button) button.title = `${label} (f)`;
  };
  const toggle = () => {
    if (current()) void (page.exitFullscreen?.() ?? page.webkitExitFullscreen?.());
    else if (player.requestFullscreen) player.requestFullscreen().catch(() => undefined);
    else if (player.webkitRequestFullscreen) player.webkitRequestFullscreen();
    else oldVideo.webkitEnterFullscreen?.();
  };

  const possible =
    page.fullscreenEnabled ||
    player.webkitRequestFullscreen !== undefined ||
    oldVideo.webkitEnterFullscreen !== undefined;
  if (!possible) return () => undefined;
  if (button) button.hidden = false;
  button?.addEventListener('click', toggle);
  video.addEventListener('dblclick', toggle);
  for (const type of ['fullscreenchange', 'webkitfullscreenchange']) {
    document.addEventListener(type, show);
  }
  hideWhenIdle(player);
  return toggle;
}

/** @param {HTMLElement} player */
function hideWhenIdle(player) {
  let timer = 0;
  const wake = () => {
    player.classList.remove('is-idle');
    clearTimeout(timer);
    timer = setTimeout(() => player.classList.add('is-idle'), idleMs);
  };
  for (const type of ['pointermove', 'pointerdown', 'keydown', 'focusin']) {
    player.addEventListener(type, wake);
  }
  wake();
}
