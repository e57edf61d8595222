/**
 * Why a connection failed or ended, for programs:
 *
 * - `permission-denied`, `no-device`, `device-busy`, `insecure-context`, `device-failed`: camera or microphone
 * - `limit-reached` (`limit` says how many places there are), `already-exists`: the server has no place
 * - `unreachable`, `not-found`, `not-allowed`, `bad-answer`, `http-<status>`, `refused`: signalling
 * - `ice-failed`, `connection-lost`, `websocket-failed`: media cannot get through, or no longer
 * - `closed-by-server`: the server ended it without a reason, or went away itself (`retryable`)
 * - `time-limit`, `end-stream`, `stopped`: an end that is no failure
 *
 * @typedef {string} FaultCode
 */

/** Why a connection failed or ended, in words for the visitor. */
export class StreamFault extends Error {
  /**
   * @param {string} reason A sentence.
   * @param {object} options
   * @param {FaultCode} options.code
   * @param {boolean} [options.retryable] True when the same try may succeed later. Default `false`.
   * @param {number} [options.limit] How many places there are, for `limit-reached`.
   * @param {unknown} [options.cause]
   */
  constructor(reason, { code, retryable = false, limit, cause }) {
    super(reason, { cause });
    this.name = 'StreamFault';
    /** For programs. */
    this.code = code;
    /** True when the same try may succeed later. */
    this.retryable = retryable;
    /** How many places there are; for `limit-reached` only. */
    this.limit = limit;
  }
}

/** @param {unknown} error */
export function toFault(error) {
  if (error instanceof StreamFault) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new StreamFault(`Something went wrong in this page: ${detail}`, {
    code: 'internal',
    cause: error,
  });
}

/** The server did not answer at all. */
export function unreachable() {
  const online = globalThis.navigator?.onLine !== false;
  return new StreamFault(
    online
      ? 'The server cannot be reached.'
      : 'This device is offline, so the server cannot be reached.',
    { code: 'unreachable', retryable: true },
  );
}

/** Pages from `http://` on another machine get no camera, no microphone and no worklets. */
export function insecurePage() {
  return new StreamFault(
    'Camera and microphone work only on secure pages: open this one over https:// or on localhost.',
    { code: 'insecure-context' },
  );
}

/** The server answered, but no packet gets through. */
export function noMediaPath() {
  return new StreamFault(
    'The server answers, but sound and pictures cannot get through. A firewall or a VPN may be in the way.',
    { code: 'ice-failed', retryable: true },
  );
}

export function connectionLost() {
  return new StreamFault('The connection was lost.', { code: 'connection-lost', retryable: true });
}

/** The server ended the connection without saying why. */
export const closedByServerCode = 'closed-by-server';

/** The server itself stops: a new one may come in its place. */
export function serverGone() {
  return new StreamFault('The server has gone away.', {
    code: closedByServerCode,
    retryable: true,
  });
}

export function stopped() {
  return new StreamFault('Stopped.', { code: 'stopped' });
}

/** @param {number} limitMs */
export function timeIsUp(limitMs) {
  return new StreamFault(`The time is up: this stream lasts ${words(limitMs)} at most.`, {
    code: 'time-limit',
  });
}

/**
 * What `{ status: 'failed', meta: { error, limit } }` means.
 *
 * @param {unknown} meta
 */
export function faultFromMeta(meta) {
  const { error, limit, message } =
    /** @type {{ error?: unknown, limit?: unknown, message?: unknown }} */ (meta ?? {});
  if (error === 'concurrency_limit_reached') {
    const places = typeof limit === 'number' ? limit : undefined;
    const what =
      places === undefined
        ? 'All places are taken'
        : places === 1
          ? 'The only place is taken'
          : `All ${places} places are taken`;
    return new StreamFault(`${what}. Try again when somebody has left.`, {
      code: 'limit-reached',
      ...(places !== undefined && { limit: places }),
    });
  }
  if (error === 'connection_already_exists') {
    return new StreamFault('This connection is already open, perhaps in another tab.', {
      code: 'already-exists',
    });
  }
  if (error === 'stream_closed') return serverGone();
  const said = message ?? error;
  const detail = typeof said === 'string' && said !== '' ? `: ${said.replace(/\.$/, '')}` : '';
  return new StreamFault(`The server refused the connection${detail}.`, { code: 'refused' });
}

/** Statuses after which the same request may well be taken later. */
const temporary = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * An answer of the server that is no success.
 *
 * @param {number} status
 * @param {string} [detail] What the server says of it.
 */
export function faultFromStatus(status, detail = '') {
  const retryable = temporary.has(status);
  if (status === 401 || status === 403) {
    return new StreamFault('You are not allowed to use this stream.', { code: 'not-allowed' });
  }
  if (status === 404) {
    return new StreamFault('There is no stream at this address.', { code: 'not-found' });
  }
  const what = detail === '' ? `HTTP status ${status}` : detail;
  const reason =
    status >= 500
      ? `The server cannot serve the stream right now: ${what}.`
      : `The server refused this browser: ${what}.`;
  return new StreamFault(reason, { code: `http-${status}`, retryable });
}

/** @param {number} ms */
function words(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.round(seconds / 6) / 10;
  return `${minutes} minutes`;
}
