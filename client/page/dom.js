/**
 * An element of this page.
 *
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 * @throws {Error} when index.html has no such element.
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`index.html has no ${type.name} with the id ${id}`);
}

/**
 * Writes only what differs, so that nothing flickers and no screen reader repeats itself.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Names a button, for the eye and the ear.
 *
 * @param {HTMLElement} button
 * @param {string} name
 * @param {string} [key] Its shortcut.
 */
export function setName(button, name, key) {
  button.setAttribute('aria-label', name);
  button.title = key ? `${name} (${key})` : name;
}

/**
 * @param {HTMLVideoElement} video
 * @returns {boolean} True once there is something to see; Chromium reports a picture of 2 x 2 for a track without any.
 */
export function hasPicture(video) {
  return video.videoWidth > 2 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
}

/**
 * Keeps a list at its end while items come and its room changes, unless the visitor has scrolled up.
 *
 * @param {HTMLElement} list
 */
export function followEnd(list) {
  let atEnd = true;
  const follow = () => {
    if (atEnd) list.scrollTop = list.scrollHeight;
  };
  list.addEventListener('scroll', () => {
    atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  });
  new ResizeObserver(follow).observe(list);
  new MutationObserver(follow).observe(list, {
    childList: true,
    subtree: true,
    characterData: true,
  });
}
