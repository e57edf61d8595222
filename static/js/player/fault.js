/** Why an attempt to connect failed, in words for the viewer. */
export class Fault extends Error {
  /**
   * @param {string} reason A sentence.
   * @param {object} [options]
   * @param {string} [options.code] For programs, e.g. `too-many-viewers`.
   * @param {boolean} [options.permanent] True when trying again by itself cannot help.
   * @param {number} [options.retryAfterMs] The server's own wish.
   */
  constructor(reason, { code = 'unknown', permanent = false, retryAfterMs } = {}) {
    super(reason);
    this.name = 'Fault';
    this.code = code;
    this.permanent = permanent;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Statuses after which the same offer may well be taken later. */
const temporary = new Set([408, 425, 429, 500, 502, 503, 504]);

/** @type {Record<string, string>} */
const reasons = {
  'too-many-viewers': 'As many people are watching as this server takes.',
  'too-many-connecting': 'Many viewers are joining at this moment.',
  'no-common-codec': 'This browser cannot play any of the video formats of this server.',
  'server-closing': 'The server is closing.',
  'internal-error': 'The server had an error; its log says which.',
};

/**
 * Puts an answer of the server that is no success into words.
 *
 * @param {Response} response
 * @returns {Promise<Fault>}
 */
export async function faultFromResponse(response) {
  const error = await readError(response);
  const seconds = Number(response.headers.get('Retry-After') ?? '');
  return new Fault(reasons[error.code] ?? sentenceFor(response.status, error.message), {
    code: error.code,
    permanent: !temporary.has(response.status),
    ...(seconds > 0 && { retryAfterMs: Math.min(seconds, 600) * 1000 }),
  });
}

/**
 * @param {Response} response
 * @returns {Promise<{ code: string, message: string }>}
 */
async function readError(response) {
  try {
    /** @type {unknown} */
    const body = await response.json();
    const { error } = /** @type {{ error: { code?: string, message?: string } }} */ (body);
    return { code: error.code ?? '', message: error.message ?? '' };
  } catch {
    // a proxy answered, or somebody's own route
    return { code: `http-${response.status}`, message: '' };
  }
}

/**
 * @param {number} status
 * @param {string} message
 */
function sentenceFor(status, message) {
  const detail = message === '' ? `HTTP status ${status}` : message;
  if (status === 401 || status === 403) return 'You are not allowed to watch this stream.';
  if (status === 404) return 'There is no stream at this address.';
  if (status >= 500) return `The server cannot serve the stream right now: ${detail}.`;
  return `The server refused this browser: ${detail}.`;
}

/** The server did not answer at all. */
export function unreachable() {
  return new Fault(
    navigator.onLine
      ? 'The server cannot be reached.'
      : 'This device is offline and the server cannot be reached.',
    { code: 'unreachable' },
  );
}

/** The server answered, but no packet gets through. */
export function noMediaPath() {
  return new Fault(
    'The server answers, but its video cannot get through. A firewall may be blocking UDP.',
    { code: 'ice-failed' },
  );
}
