/**
 * What this page is for; put into index.html by the server.
 *
 * @typedef {object} StreamInfo
 * @property {string} title
 * @property {import('../client/index.js').Modality} modality
 * @property {import('../client/index.js').Mode} mode
 */

/** @returns {StreamInfo} */
export function readStreamInfo() {
  /** @type {Partial<StreamInfo>} */
  let info = {};
  try {
    /** @type {unknown} */
    const parsed = JSON.parse(document.getElementById('stream-info')?.textContent ?? '');
    info = /** @type {Partial<StreamInfo>} */ (parsed);
  } catch {
    // served as it lies: shown as a video stream
  }
  const { title = 'Stream', modality = 'video', mode = 'send-receive' } = info;
  return { title, modality, mode };
}

/** `?transport=websocket` or `webrtc`, to try one of them. */
export function wantedTransport() {
  const wanted = new URLSearchParams(location.search).get('transport');
  return wanted === 'websocket' || wanted === 'webrtc' ? wanted : 'auto';
}

/** What goes which way. @param {StreamInfo} info */
export function flowsOf({ modality, mode }) {
  const sends = mode !== 'receive';
  const receives = mode !== 'send';
  const [audio, video] = [modality !== 'video', modality !== 'audio'];
  return {
    sendsAudio: sends && audio,
    sendsVideo: sends && video,
    receivesAudio: receives && audio,
    receivesVideo: receives && video,
  };
}

/** @typedef {ReturnType<typeof flowsOf>} Flows */
