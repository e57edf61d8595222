/**
 * What the server says over the data channel or the socket; docs/guide/browser-client.md lists the types.
 *
 * @typedef {object} ServerMessage
 * @property {string} type `log`, `error`, `end_stream`, ...; `text` for text that is no message.
 * @property {unknown} data What came with it.
 * @property {string} text `data` or `message`, where it is text; empty otherwise.
 * @property {string} id Of a `chat` part: parts with one id belong together. Empty otherwise.
 */

/** Words that old servers send without JSON. */
const bareWords = new Set(['change', 'tick', 'stopword']);

/**
 * @param {string} text
 * @returns {ServerMessage}
 */
export function readMessage(text) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    const type = bareWords.has(text) ? text : 'text';
    return { type, data: text, text, id: '' };
  }
  const record = /** @type {Record<string, unknown> | null} */ (
    typeof value === 'object' ? value : null
  );
  if (typeof record?.['type'] !== 'string') return { type: 'text', data: value, text, id: '' };
  // `error` and `warning` say `message` in FastRTC, `data` in its documentation, and both in FrameGear
  const data = record['data'] ?? record['message'];
  return {
    type: record['type'],
    data,
    text: typeof data === 'string' ? data : '',
    id:
      typeof record['id'] === 'string' || typeof record['id'] === 'number' ? `${record['id']}` : '',
  };
}
