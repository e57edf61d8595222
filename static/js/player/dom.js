/**
 * An element by id, when the page has one of that kind: page designers may leave any of them out.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T | null}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  return element instanceof type ? element : null;
}

/**
 * True once there is something to see. Chromium reports a picture of 2 x 2 for a track that has not sent
 * any.
 *
 * @param {HTMLVideoElement} video
 */
export function hasPicture(video) {
  return video.videoWidth > 2 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
}

/**
 * Writes only what differs, so that nothing flickers and no screen reader repeats itself.
 *
 * @param {HTMLElement | null} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
