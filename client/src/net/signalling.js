import { StreamFault, faultFromMeta, faultFromStatus, unreachable } from '../fault.js';

const requestTimeoutMs = 10_000;

/**
 * What the server says of its Stream.
 *
 * @typedef {object} StreamConfiguration
 * @property {import('../options.js').Modality} modality
 * @property {import('../options.js').Mode} mode
 * @property {RTCConfiguration | null} rtcConfiguration
 * @property {MediaStreamConstraints | MediaTrackConstraints | null} trackConstraints
 * @property {Partial<RTCRtpSendParameters> | null} rtpParams For `RTCRtpSender.setParameters()`.
 * @property {number | null} timeLimitMs Counted from when media flows.
 * @property {StreamPaths} routes
 * @property {boolean} saysWhy Whether it gives a reason before it ends a connection. Not said: servers with this route do.
 */

/**
 * Where a Stream has the routes that may lie elsewhere or be switched off; relative to its folder.
 *
 * @typedef {object} StreamPaths
 * @property {string | null} inputHook
 * @property {string | null} outputs
 * @property {string | null} triggerResponse
 * @property {boolean} websocket
 */

/** FastRTC's, and FrameGear's unless told otherwise. @type {StreamPaths} */
export const usualPaths = {
  inputHook: 'input_hook',
  outputs: 'outputs',
  triggerResponse: 'trigger_response',
  websocket: true,
};

/** The routes of one Stream. */
export class Signalling {
  #base;
  #headers;
  #credentials;

  /**
   * @param {URL} base With a slash at its end.
   * @param {{ headers: HeadersInit, credentials: 'same-origin' | 'include' }} options
   */
  constructor(base, { headers, credentials }) {
    this.#base = base;
    this.#headers = headers;
    this.#credentials = credentials;
  }

  /** Whether cookies go to another origin. */
  get withCredentials() {
    return this.#credentials === 'include';
  }

  /**
   * @param {string} path Below the Stream's folder, with or without a slash before it.
   * @returns {URL}
   */
  address(path) {
    return new URL(`./${path.replace(/^\/+/, '')}`, this.#base);
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<Partial<StreamConfiguration> | null>} `null` from a server without this route, such as FastRTC.
   * @throws {StreamFault}
   */
  async fetchConfiguration(signal) {
    const response = await this.#request('webrtc/configuration', {}, signal);
    if (response.status === 404 || response.status === 405) return null;
    return /** @type {Partial<StreamConfiguration>} */ (await readBody(response));
  }

  /**
   * Resolves to the answer.
   *
   * @param {Record<string, unknown>} offer
   * @param {AbortSignal} signal
   * @returns {Promise<RTCSessionDescriptionInit>}
   * @throws {StreamFault}
   */
  async postOffer(offer, signal) {
    const answer = await readBody(await this.#post('webrtc/offer', offer, signal));
    const { sdp } = /** @type {{ sdp?: unknown }} */ (answer);
    if (typeof sdp !== 'string') throw badAnswer();
    return { type: 'answer', sdp };
  }

  /**
   * Hands a candidate over; what the server says of it is of no use to anybody.
   *
   * @param {string} webrtcId
   * @param {RTCIceCandidateInit} candidate
   * @param {AbortSignal} signal
   */
  async postCandidate(webrtcId, candidate, signal) {
    const body = { webrtc_id: webrtcId, type: 'ice-candidate', candidate };
    await this.#post('webrtc/offer', body, signal).catch(() => undefined);
  }

  /**
   * @param {string} path
   * @param {string} webrtcId
   * @param {Record<string, unknown> | readonly unknown[]} inputs
   * @param {AbortSignal} signal
   * @throws {StreamFault}
   */
  async postInputs(path, webrtcId, inputs, signal) {
    const named = Array.isArray(inputs) ? { inputs: /** @type {unknown} */ (inputs) } : inputs;
    await readBody(await this.#post(path, { ...named, webrtc_id: webrtcId }, signal));
  }

  /**
   * @param {string} path
   * @param {Record<string, unknown>} body
   * @param {AbortSignal} signal
   */
  #post(path, body, signal) {
    return this.#request(path, { method: 'POST', body: JSON.stringify(body) }, signal);
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   * @param {AbortSignal} signal
   */
  async #request(path, init, signal) {
    const abort = new AbortController();
    const stop = () => abort.abort();
    const timer = setTimeout(stop, requestTimeoutMs);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const headers = new Headers(this.#headers);
    headers.set('Accept', 'application/json');
    if (init.body !== undefined) headers.set('Content-Type', 'application/json');
    try {
      const credentials = this.#credentials;
      const address = this.address(path);
      return await fetch(address, { ...init, headers, credentials, signal: abort.signal });
    } catch {
      throw unreachable();
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}

/**
 * @param {Response} response
 * @returns {Promise<unknown>}
 */
async function readBody(response) {
  /** @type {unknown} */
  const body = await response.json().catch(() => undefined);
  if (!response.ok) throw faultFromStatus(response.status, errorMessage(body));
  if (body === undefined) throw badAnswer();
  const { status, meta } = /** @type {{ status?: unknown, meta?: unknown }} */ (body ?? {});
  if (status === 'failed') throw faultFromMeta(meta);
  return body;
}

/** @param {unknown} body */
function errorMessage(body) {
  const { error, detail } = /** @type {{ error?: { message?: unknown }, detail?: unknown }} */ (
    body ?? {}
  );
  if (typeof error?.message === 'string') return error.message;
  return typeof detail === 'string' ? detail : '';
}

function badAnswer() {
  return new StreamFault('The server sent an answer that makes no sense.', { code: 'bad-answer' });
}
