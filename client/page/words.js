/** @typedef {import('../client/index.js').ClientState} ClientState */

/** @type {Record<ClientState['state'], string>} */
const badges = {
  closed: 'Off',
  connecting: 'Connecting',
  open: 'Live',
  reconnecting: 'Reconnecting',
  failed: 'Failed',
};

/** @type {Record<ClientState['state'], string>} */
const titles = {
  closed: 'Ready',
  connecting: 'Connecting',
  open: 'Live',
  reconnecting: 'Reconnecting',
  failed: 'It did not work',
};

/** More exact words, by code. @type {Record<string, string>} */
const titlesByCode = {
  'permission-denied': 'Not allowed',
  'no-device': 'No device',
  'device-busy': 'Device in use',
  'insecure-context': 'Not a secure page',
  'limit-reached': 'No place left',
  'already-exists': 'Already connected',
  unreachable: 'No server',
  'ice-failed': 'No way through',
  'time-limit': 'Time is up',
  'end-stream': 'The stream has ended',
  'closed-by-server': 'The stream has ended',
  'handler-error': 'The stream failed',
  'connection-lost': 'Connection lost',
};

/**
 * What the page says of a state.
 *
 * @param {ClientState} state
 * @param {string} intro What the stream does, before it is started.
 */
export function wordsFor({ state, code, reason }, intro) {
  const isOver = state === 'closed' && code !== '';
  const settled = state === 'failed' || isOver;
  return {
    badge: isOver ? 'Ended' : badges[state],
    title: (settled ? titlesByCode[code] : undefined) ?? titles[state],
    reason: state === 'closed' && code === '' ? intro : reason,
    button: settled ? (isOver ? 'Start again' : 'Try again') : 'Start',
  };
}

/**
 * What a visitor should know before the start.
 *
 * @param {import('./stream-info.js').Flows} flows
 */
export function introFor({ sendsAudio, sendsVideo, receivesAudio, receivesVideo }) {
  if (!sendsAudio && !sendsVideo) {
    return receivesVideo ? 'A live picture from the server.' : 'Live sound from the server.';
  }
  const devices = [sendsVideo ? 'camera' : '', sendsAudio ? 'microphone' : ''].filter(Boolean);
  const uses = `It uses your ${devices.join(' and ')}.`;
  if (!receivesAudio && !receivesVideo) return `${uses} Nothing comes back.`;
  return sendsAudio ? `${uses} Speak, and the answer comes back.` : uses;
}
