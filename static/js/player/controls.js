import { byId } from './dom.js';
import { setUpFullscreen } from './fullscreen.js';
import { setUpPictureInPicture } from './picture-in-picture.js';

/**
 * Joins buttons and keys to what they do. A button stays hidden while its function is not to be had.
 *
 * @param {HTMLVideoElement} video
 * @param {import('./statistics-view.js').StatisticsView} statisticsView
 */
export function setUpControls(video, statisticsView) {
  const toggleFullscreen = setUpFullscreen(video);
  const togglePictureInPicture = setUpPictureInPicture(video);
  const toggleMute = setUpMute(video);
  /** @type {Record<string, () => void>} */
  const keys = {
    f: toggleFullscreen,
    p: togglePictureInPicture,
    m: toggleMute,
    s: () => statisticsView.toggle(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** @param {KeyboardEvent} event */
function isTyping({ target }) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/**
 * @param {HTMLVideoElement} video
 * @returns {() => void}
 */
function setUpMute(video) {
  const button = byId('mute', HTMLButtonElement);
  let audible = false;
  const show = () => {
    if (!button) return;
    button.hidden = !audible;
    button.classList.toggle('is-muted', video.muted);
    const label = video.muted ? 'Unmute' : 'Mute';
    button.setAttribute('aria-label', label);
    button.title = `${label} (m)`;
  };
  // a remote track is "muted" until its first packet: offered, but perhaps never sent
  const look = () => {
    const stream = video.srcObject;
    const tracks = stream instanceof MediaStream ? stream.getAudioTracks() : [];
    for (const track of tracks) track.onmute = track.onunmute = look;
    audible = tracks.some((track) => !track.muted && track.readyState === 'live');
    show();
  };
  const toggle = () => {
    if (audible) video.muted = !video.muted;
  };
  video.addEventListener('loadedmetadata', look);
  video.addEventListener('emptied', look);
  video.addEventListener('volumechange', show);
  button?.addEventListener('click', toggle);
  show();
  return toggle;
}
