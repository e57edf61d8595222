/**
 * Reads `/outputs` of one connection. `EventSource` connects again by itself and says where it was
 * (`Last-Event-ID`), so nothing is lost or repeated.
 */
export class OutputReader {
  /** @type {EventSource | null} */
  #source = null;

  /**
   * @param {URL} address With the id in its query.
   * @param {boolean} withCredentials
   * @param {(output: import('../client-events.js').OutputEvent) => void} onOutput
   */
  open(address, withCredentials, onOutput) {
    if (this.#source && this.#source.readyState !== EventSource.CLOSED) return;
    this.#source = new EventSource(address, { withCredentials });
    /** @param {MessageEvent<string>} event */
    const read = (event) => onOutput({ data: parse(event.data), id: event.lastEventId });
    this.#source.addEventListener('output', read);
    // an app's own route may send bare `data:` lines
    this.#source.addEventListener('message', read);
  }

  close() {
    this.#source?.close();
    this.#source = null;
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return text;
  }
}
