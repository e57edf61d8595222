import { playoutOf } from './statistics.js';

/** @typedef {import('./server-talk.js').ServerFigures} ServerFigures */

const unknown = '–';

/** Why pictures were left out, by the server's names, in the order of their way. @type {[string, string][]} */
const drops = [
  ['droppedSourceLate', 'source late'],
  ['droppedFrameRate', 'rate limit'],
  ['droppedTransformBusy', 'transform busy'],
  ['droppedTransform', 'by transform'],
  ['droppedTransformFailed', 'transform failed'],
  ['droppedEncoderBusy', 'encoder busy'],
  ['droppedEncoderFailed', 'encoder failed'],
  ['droppedNetwork', 'network'],
];

/**
 * The texts of the panel, by the names that its elements have after `statistics-`.
 *
 * @param {import('./statistics.js').Statistics | null} page
 * @param {import('./server-talk.js').ServerTalk} talk
 * @returns {Record<string, string>}
 */
export function figuresOf(page, talk) {
  const { latency, renditions } = talk;
  const server = talk.figures ?? {};
  return {
    framerate: withUnit(page?.framerate, 'fps'),
    resolution: page?.width && page.height ? `${page.width} × ${page.height}` : unknown,
    bitrate: bitrateText(page?.bitrate),
    // without the server's part it is the least it can be
    latency: latency.ms === null ? unknown : `${latency.whole ? '' : '> '}${ms(latency.ms)}`,
    rendition: renditions.current ?? textOf(server['rendition']) ?? unknown,
    codec: page?.codec ?? unknown,
    loss: page?.fractionLost == null ? unknown : `${(page.fractionLost * 100).toFixed(1)} %`,
    retransmitted: count(page?.retransmitted),
    nacks: count(page?.nackCount),
    'round-trip': ms(page?.roundTripMs),
    'jitter-buffer': ms(page?.jitterBufferMs),
    decode: ms(page?.decodeMs, 1),
    playout: ms(playoutOf(page, null)),
    dropped: count(page?.framesDropped),
    freezes: count(page?.freezeCount),
    ...serverFigures(server),
  };
}

/** @param {ServerFigures} server */
function serverFigures(server) {
  return {
    'source-rate': withUnit(server['sourceFrameRate'], 'fps', 1),
    encoder: textOf(server['encoder']) ?? unknown,
    encode: ms(server['encodeMs'], 1),
    'server-delay': ms(server['captureToSendMs']),
    'target-bitrate': bitrateText(server['targetBitrate']),
    'link-bitrate': bitrateText(server['linkBitrate']),
    'key-frames': count(server['keyFramesSent']),
    viewers: count(server['viewers']),
    'server-drops': dropsText(server),
  };
}

/**
 * @param {ServerFigures} server
 * @returns {string} E.g. `3 (transform busy 2, network 1)`.
 */
function dropsText(server) {
  const known = drops.filter(([name]) => typeof server[name] === 'number');
  if (known.length === 0) return unknown;
  const some = known.filter(([name]) => server[name] !== 0);
  const total = some.reduce((sum, [name]) => sum + Number(server[name]), 0);
  if (total === 0) return '0';
  return `${total} (${some.map(([name, words]) => `${words} ${server[name]}`).join(', ')})`;
}

/**
 * @param {unknown} bitrate
 */
export function bitrateText(bitrate) {
  if (typeof bitrate !== 'number') return unknown;
  return bitrate >= 1e6
    ? `${(bitrate / 1e6).toFixed(1)} Mbit/s`
    : `${Math.round(bitrate / 1e3)} kbit/s`;
}

/**
 * @param {unknown} value
 * @param {number} [places]
 */
function ms(value, places = 0) {
  return withUnit(value, 'ms', places);
}

/**
 * @param {unknown} value
 * @param {string} unit
 * @param {number} [places]
 */
function withUnit(value, unit, places = 0) {
  return typeof value === 'number' ? `${value.toFixed(places)} ${unit}` : unknown;
}

/** @param {unknown} value */
function count(value) {
  return typeof value === 'number' ? String(value) : unknown;
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === 'string' && value !== '' ? value : null;
}
