import { byId, hasPicture } from './dom.js';

/**
 * Picture-in-picture, where a page may ask for it; elsewhere its button stays hidden.
 *
 * @param {HTMLVideoElement} video
 * @returns {() => void} Toggles.
 */
export function setUpPictureInPicture(video) {
  const button = byId('picture-in-picture', HTMLButtonElement);
  if (!document.pictureInPictureEnabled || !('requestPictureInPicture' in video)) {
    return () => undefined;
  }
  const show = () => {
    if (!button) return;
    // asking before there is a picture is an error
    button.hidden = !hasPicture(video);
    const active = document.pictureInPictureElement === video;
    const label = active ? 'Leave picture in picture' : 'Picture in picture';
    button.setAttribute('aria-label', label);
    button.title = `${label} (p)`;
  };
  const toggle = () => {
    const change =
      document.pictureInPictureElement === video
        ? document.exitPictureInPicture()
        : video.requestPictureInPicture();
    change.catch(() => undefined);
  };
  const events = [
    'loadeddata',
    'resize',
    'emptied',
    'enterpictureinpicture',
    'leavepictureinpicture',
  ];
  for (const type of events) video.addEventListener(type, show);
  button?.addEventListener('click', toggle);
  return toggle;
}
