import { insecurePage } from '../fault.js';
import { asWishes } from './constraints.js';
import { deviceFault } from './device-fault.js';

/** @typedef {import('./constraints.js').MediaKind} MediaKind */

/** @returns {MediaDevices | null} `null` on pages that get no devices. */
export function mediaDevices() {
  // the types do not know that pages without https have none
  const { mediaDevices: devices } = /** @type {{ mediaDevices?: MediaDevices }} */ (navigator);
  return devices?.getUserMedia ? devices : null;
}

/**
 * Opens cameras and microphones: asks for all at once, so that the visitor is asked once, then for each alone, so that one that
 * is missing does not keep the other from being used.
 *
 * @param {Partial<Record<MediaKind, MediaTrackConstraints>>} wanted
 * @returns {Promise<{ tracks: MediaStreamTrack[], faults: Map<MediaKind, import('../fault.js').StreamFault> }>}
 */
export async function openTracks(wanted) {
  /** @type {Map<MediaKind, import('../fault.js').StreamFault>} */
  const faults = new Map();
  const kinds = /** @type {MediaKind[]} */ (Object.keys(wanted));
  if (!mediaDevices()) {
    for (const kind of kinds) faults.set(kind, insecurePage());
    return { tracks: [], faults };
  }
  if (kinds.length > 1) {
    try {
      return { tracks: (await getUserMedia(wanted)).getTracks(), faults };
    } catch {
      // each alone, below
    }
  }
  /** @type {MediaStreamTrack[]} */
  const tracks = [];
  for (const kind of kinds) {
    try {
      tracks.push(await openTrack(kind, wanted[kind] ?? {}));
    } catch (error) {
      faults.set(kind, /** @type {import('../fault.js').StreamFault} */ (error));
    }
  }
  return { tracks, faults };
}

/**
 * Opens one device.
 *
 * @param {MediaKind} kind
 * @param {MediaTrackConstraints} constraints
 * @returns {Promise<MediaStreamTrack>}
 * @throws {StreamFault}
 */
export async function openTrack(kind, constraints) {
  if (!mediaDevices()) throw insecurePage();
  try {
    const [track] = (await getUserMedia({ [kind]: constraints })).getTracks();
    if (track) return track;
  } catch (error) {
    throw deviceFault(error, kind);
  }
  throw deviceFault(new DOMException('no track', 'NotFoundError'), kind);
}

/**
 * @param {Partial<Record<MediaKind, MediaTrackConstraints>>} wanted
 * @returns {Promise<MediaStream>}
 */
async function getUserMedia(wanted) {
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    const isTooMuch = error instanceof Error && error.name === 'OverconstrainedError';
    if (!isTooMuch) throw error;
    const { audio, video } = wanted;
    return navigator.mediaDevices.getUserMedia({
      ...(audio && { audio: asWishes(audio) }),
      ...(video && { video: asWishes(video) }),
    });
  }
}
