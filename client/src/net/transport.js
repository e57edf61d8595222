/**
 * What carries a connection; `WebRtcTransport` or `SocketTransport`. Used once: from `connect()` to `close()`.
 *
 * @typedef {object} Transport
 * @property {import('../options.js').TransportName} name
 * @property {() => Promise<void>} connect Resolves when media can flow. Rejects with a `StreamFault`; it is closed then.
 * @property {(text: string) => boolean} send False when nothing can be sent now.
 * @property {(kind: import('../media/constraints.js').MediaKind, track: MediaStreamTrack) => Promise<void>} replaceTrack
 * @property {() => void} close Idempotent; the hooks are not called any more.
 */

/**
 * @typedef {object} TransportHooks
 * @property {(text: string) => void} message
 * @property {(stream: MediaStream) => void} remote
 * @property {(output: import('../client-events.js').OutputEvent) => void} output
 * @property {(interrupted: boolean) => void} interrupted Packets stopped coming, or come again.
 * @property {(warning: import('../client-events.js').ClientWarning) => void} warn
 * @property {(fault: import('../fault.js').StreamFault) => void} lost After `connect()` resolved; once, and it is closed then.
 */

/**
 * @typedef {object} TransportPlan
 * @property {import('../options.js').ResolvedOptions} options
 * @property {import('./signalling.js').Signalling} signalling
 * @property {import('./signalling.js').StreamConfiguration} configuration
 * @property {import('../media/local-media.js').LocalMedia} media
 * @property {AudioContext} audioContext
 * @property {TransportHooks} hooks
 */

/**
 * The kinds of media in a modality.
 *
 * @param {import('../options.js').Modality} modality
 * @returns {import('../media/constraints.js').MediaKind[]}
 */
export function kindsOf(modality) {
  if (modality === 'audio-video') return ['audio', 'video'];
  return [modality];
}
