/**
 * @typedef {object} PlayerConfig
 * @property {string} offer Absolute URL that takes offers.
 * @property {RTCIceServer[]} iceServers STUN and TURN servers; none on a local network.
 */

/**
 * Reads what the server wrote into `<script type="application/json" id="framegear-config">`. A page
 * without it finds the server from where this file lies, and uses no ICE servers.
 *
 * @returns {PlayerConfig}
 */
export function readConfig() {
  let config = /** @type {Partial<PlayerConfig>} */ ({});
  const text = document.getElementById('framegear-config')?.textContent;
  if (text) {
    try {
      /** @type {unknown} */
      const parsed = JSON.parse(text);
      config = /** @type {Partial<PlayerConfig>} */ (parsed);
    } catch (error) {
      console.error('framegear-config is no JSON; using defaults', error);
    }
  }
  const offer =
    config.offer === undefined
      ? new URL('../../../offer', import.meta.url)
      : new URL(config.offer, document.baseURI);
  return { offer: offer.href, iceServers: config.iceServers ?? [] };
}
