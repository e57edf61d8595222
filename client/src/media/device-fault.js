import { StreamFault } from '../fault.js';

/** @type {Record<import('./constraints.js').MediaKind, string>} */
const names = { audio: 'microphone', video: 'camera' };

/**
 * Why a camera or microphone could not be had.
 *
 * @param {unknown} error Of `getUserMedia`.
 * @param {import('./constraints.js').MediaKind} kind
 */
export function deviceFault(error, kind) {
  const device = names[kind];
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  /** @type {(code: string, reason: string) => StreamFault} */
  const fault = (code, reason) => new StreamFault(reason, { code, cause: error });
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
    case 'PermissionDeniedError':
      return fault(
        'permission-denied',
        `This page may not use the ${device}. Allow it in the browser's address bar, then start again.`,
      );
    case 'NotFoundError':
    case 'DevicesNotFoundError':
      return fault('no-device', `No ${device} was found. Plug one in, then start again.`);
    case 'NotReadableError':
    case 'AbortError':
    case 'TrackStartError':
      return fault('device-busy', `The ${device} cannot be used: another program may have it.`);
    case 'OverconstrainedError':
      return fault('no-device', `No ${device} does what this stream asks for.`);
    default:
      return fault('device-failed', `The ${device} did not start: ${String(error)}.`);
  }
}
