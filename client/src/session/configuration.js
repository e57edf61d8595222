import { StreamFault } from '../fault.js';
import { usualPaths } from '../net/signalling.js';

/** @typedef {import('../net/signalling.js').StreamConfiguration} StreamConfiguration */

/**
 * What holds for the next connection: the options, then what the server says. Asked anew each time, since TURN credentials
 * expire.
 *
 * @param {import('../options.js').ResolvedOptions} options
 * @param {import('../net/signalling.js').Signalling} signalling
 * @param {AbortSignal} signal
 * @returns {Promise<StreamConfiguration>}
 * @throws {StreamFault}
 */
export async function loadConfiguration(options, signalling, signal) {
  const said = await signalling.fetchConfiguration(signal);
  const modality = options.modality ?? said?.modality;
  if (!modality) {
    throw new StreamFault(
      'There is no stream at this address, or it does not say what it takes: give the client a "modality".',
      { code: 'not-found' },
    );
  }
  return {
    modality,
    mode: options.mode ?? said?.mode ?? 'send-receive',
    rtcConfiguration: options.rtcConfiguration ?? said?.rtcConfiguration ?? null,
    trackConstraints: options.trackConstraints ?? said?.trackConstraints ?? null,
    rtpParams: said?.rtpParams ?? null,
    timeLimitMs: said?.timeLimitMs ?? null,
    routes: { ...usualPaths, ...said?.routes },
    // FastRTC closes in silence when its time limit is up
    saysWhy: said !== null,
  };
}

/**
 * Whether somebody without camera or microphone may take part all the same: to listen and to type. A stream of pictures, or
 * one that only takes, has nothing left then.
 *
 * @param {import('../options.js').ResolvedOptions} options
 * @param {StreamConfiguration} configuration
 */
export function mayJoinWithoutDevices({ joinWithoutDevices }, { mode, modality }) {
  return joinWithoutDevices ?? (mode === 'send-receive' && modality !== 'video');
}

/**
 * Which transports to try, in order.
 *
 * @param {import('../options.js').ResolvedOptions} options
 * @param {StreamConfiguration} configuration
 * @returns {import('../options.js').TransportName[]}
 */
export function transportsFor({ transport }, { modality, routes }) {
  if (transport !== 'auto') return [transport];
  if (typeof RTCPeerConnection !== 'function') return ['websocket'];
  // pictures go over WebRTC only
  return modality === 'audio' && routes.websocket ? ['webrtc', 'websocket'] : ['webrtc'];
}
