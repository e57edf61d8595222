/** @typedef {'video' | 'audio' | 'audio-video'} Modality */
/** @typedef {'send-receive' | 'send' | 'receive'} Mode Named from this side. */
/** @typedef {'webrtc' | 'websocket'} TransportName */

/**
 * @typedef {object} StreamClientOptions
 * @property {string | URL} [url] Where the Stream is mounted. Default: where the page is.
 * @property {string} [webrtcId] The connection's id; 1 to 128 characters. Default: a random UUID.
 * @property {Modality} [modality] Default: what the server says.
 * @property {Mode} [mode] Default: what the server says.
 * @property {MediaStreamConstraints | MediaTrackConstraints} [trackConstraints] Of camera and microphone; for `audio` or
 *   `video` alone those of the one kind will do. Default: what the server says.
 * @property {RTCConfiguration} [rtcConfiguration] Default: what the server says.
 * @property {'auto' | TransportName} [transport] `auto` tries WebRTC, and for sound a WebSocket after it. Default `auto`.
 * @property {string} [cameraId] `deviceId` of the first camera to take.
 * @property {string} [microphoneId] `deviceId` of the first microphone to take.
 * @property {boolean} [joinWithoutDevices] Join with silence or a black picture when camera or microphone are missing or
 *   not allowed, with a warning. Default: true for sound that goes both ways, false where the picture or the voice is all there is.
 * @property {boolean} [reconnect] Connect again after the network or the server was lost. Default `true`.
 * @property {number} [connectTimeoutMs] How long WebRTC may take before it is given up. Default 10,000.
 * @property {boolean} [outputs] Listen to `/outputs`. Default `true`.
 * @property {Record<string, unknown>} [fields] More fields for the offer, for the handler's context.
 * @property {'same-origin' | 'include'} [credentials] `include` sends cookies to a Stream of another origin, which must list this
 *   one. Default `same-origin`.
 * @property {HeadersInit} [headers] For the requests, such as `Authorization`. Browsers send none with `/outputs` and WebSockets.
 */

/** @typedef {ReturnType<typeof resolveOptions>} ResolvedOptions */

/**
 * Checks options and fills in what is missing.
 *
 * @param {StreamClientOptions} options
 * @throws {TypeError} or {RangeError} naming the option.
 */
export function resolveOptions(options) {
  const { transport = 'auto', connectTimeoutMs = 10_000, webrtcId = randomId() } = options;
  oneOf('transport', transport, ['auto', 'webrtc', 'websocket']);
  oneOf('modality', options.modality, [undefined, 'video', 'audio', 'audio-video']);
  oneOf('mode', options.mode, [undefined, 'send-receive', 'send', 'receive']);
  if (typeof webrtcId !== 'string' || webrtcId === '' || webrtcId.length > 128) {
    throw new RangeError(`webrtcId: expected 1 to 128 characters, got ${String(webrtcId)}`);
  }
  if (!(connectTimeoutMs >= 1000)) {
    throw new RangeError(`connectTimeoutMs: expected 1,000 or more, got ${connectTimeoutMs}`);
  }
  return {
    ...options,
    url: baseUrl(options.url),
    transport,
    connectTimeoutMs,
    webrtcId,
    reconnect: options.reconnect ?? true,
    outputs: options.outputs ?? true,
    fields: options.fields ?? {},
    headers: options.headers ?? {},
    credentials: options.credentials ?? 'same-origin',
  };
}

/**
 * The Stream's folder, with a slash at its end.
 *
 * @public for tests
 * @param {string | URL | undefined} url
 */
export function baseUrl(url) {
  const page = globalThis.document?.baseURI ?? 'http://localhost/';
  const base = new URL(url ?? '.', page);
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/**
 * A UUID; also on pages without https, where `crypto.randomUUID` is missing.
 *
 * @public for tests
 */
export function randomId() {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {readonly (string | undefined)[]} allowed
 */
function oneOf(name, value, allowed) {
  if (allowed.some((word) => word === value)) return;
  const words = allowed.filter((word) => word !== undefined).join(', ');
  throw new TypeError(`${name}: expected one of ${words}; got ${String(value)}`);
}
