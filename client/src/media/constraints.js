/** @typedef {'audio' | 'video'} MediaKind */

/** FastRTC's, for servers that say nothing. @type {Record<MediaKind, MediaTrackConstraints>} */
const defaults = {
  audio: {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
  },
  video: {
    facingMode: 'user',
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30 },
  },
};

/**
 * The constraints for one kind. `{ audio, video }` has one for each; what has neither is meant for the only kind there is.
 *
 * @param {MediaStreamConstraints | MediaTrackConstraints | null | undefined} given
 * @param {MediaKind} kind
 * @param {string | null} deviceId
 * @returns {MediaTrackConstraints}
 */
export function constraintsFor(given, kind, deviceId) {
  const both = /** @type {MediaStreamConstraints} */ (given ?? {});
  const isSplit = 'audio' in both || 'video' in both;
  const own = isSplit ? both[kind] : /** @type {MediaTrackConstraints | undefined} */ (given);
  const wanted = own && typeof own === 'object' ? own : defaults[kind];
  if (deviceId === null) return wanted;
  // the chosen camera may face any way
  const { facingMode: _facing, ...rest } = wanted;
  return { ...rest, deviceId: { exact: deviceId } };
}

/**
 * The same as wishes: what a device cannot do is then left out, where it would be refused.
 *
 * @param {MediaTrackConstraints} constraints
 * @returns {MediaTrackConstraints}
 */
export function asWishes(constraints) {
  /** @type {Record<string, unknown>} */
  const wishes = {};
  for (const [name, value] of Object.entries(constraints)) {
    wishes[name] = name === 'deviceId' ? value : softened(value);
  }
  return wishes;
}

/** @param {unknown} value */
function softened(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { exact, ideal } = /** @type {{ exact?: unknown, ideal?: unknown }} */ (value);
  const wish = ideal ?? exact;
  return wish === undefined ? {} : { ideal: wish };
}
