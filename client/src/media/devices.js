import { mediaDevices } from './user-media.js';

/**
 * The cameras and microphones there are. Labels and ids are empty until the visitor has allowed one.
 *
 * @returns {Promise<import('../client-events.js').DeviceList>}
 */
export async function listDevices() {
  const devices = (await mediaDevices()?.enumerateDevices()) ?? [];
  return {
    cameras: devices.filter((device) => device.kind === 'videoinput'),
    microphones: devices.filter((device) => device.kind === 'audioinput'),
  };
}

/**
 * @param {() => void} onChange
 * @param {AbortSignal} signal Ends the watch.
 */
export function watchDevices(onChange, signal) {
  mediaDevices()?.addEventListener('devicechange', onChange, { signal });
}
