/**
 * What is known of a picture's way.
 *
 * @typedef {object} LatencyParts
 * @property {number | null} captureMs From its capture to the screen, where the browser found out by itself.
 * @property {number | null} captureToSendMs From its capture until the server sent it: the server tells.
 * @property {number | null} roundTripMs Between page and server.
 * @property {number | null} playoutMs From its arrival to the screen.
 *
 * @typedef {object} Latency
 * @property {number | null} ms
 * @property {boolean} whole False when the time inside the server is not in it.
 */

/**
 * The latency of the picture on the screen.
 *
 * @param {LatencyParts} parts
 * @returns {Latency}
 */
export function latencyOf({ captureMs, captureToSendMs, roundTripMs, playoutMs }) {
  if (captureMs !== null) return { ms: captureMs, whole: true };
  if (playoutMs === null) return { ms: null, whole: false };
  const ms = (captureToSendMs ?? 0) + (roundTripMs ?? 0) / 2 + playoutMs;
  return { ms, whole: captureToSendMs !== null };
}
