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
 * Writes only what differs, so that nothing flickers and no screen reader repeats itself.
 *
 * @param {HTMLElement | null} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
