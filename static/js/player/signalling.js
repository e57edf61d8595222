import { Fault, faultFromResponse, unreachable } from './fault.js';

const postTimeoutMs = 10_000;

/**
 * Waits until the offer is worth sending. The server learns our addresses from our first packets, so
 * without ICE servers there is nothing to wait for (browsers take 100 ms to disguise their own addresses);
 * with them one address seen from outside must be in the offer, or two networks behind NAT never meet.
 *
 * @param {RTCPeerConnection} peer With its local description set.
 * @param {boolean} usesIceServers
 * @returns {Promise<void>}
 */
export function gatherBriefly(peer, usesIceServers) {
  if (!usesIceServers || peer.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, 1500);
    /** @param {RTCPeerConnectionIceEvent} event */
    function onCandidate(event) {
      const type = event.candidate?.type;
      if (!event.candidate || type === 'srflx' || type === 'relay') done();
    }
    function done() {
      clearTimeout(timer);
      peer.removeEventListener('icecandidate', onCandidate);
      resolve();
    }
    peer.addEventListener('icecandidate', onCandidate);
  });
}

/**
 * Posts the offer, resolves to the answer.
 *
 * @param {string} url
 * @param {RTCSessionDescription} offer
 * @param {AbortSignal} signal
 * @returns {Promise<RTCSessionDescriptionInit>}
 * @throws {Fault}
 */
export async function postOffer(url, offer, signal) {
  const abort = new AbortController();
  const stop = () => abort.abort();
  const timer = setTimeout(stop, postTimeoutMs);
  signal.addEventListener('abort', stop);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ type: offer.type, sdp: offer.sdp }),
      signal: abort.signal,
    }).catch(() => {
      throw unreachable();
    });
    if (!response.ok) throw await faultFromResponse(response);
    /** @type {unknown} */
    const answer = await response.json().catch(() => {
      throw new Fault('The server sent an answer that makes no sense.', { code: 'bad-answer' });
    });
    return /** @type {RTCSessionDescriptionInit} */ (answer);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
