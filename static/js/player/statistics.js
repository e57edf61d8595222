/**
 * @typedef {object} Statistics
 * @property {number} framesDecoded Since the connection began.
 * @property {number} videoBytes Arrived since the connection began.
 * @property {number | null} framerate Pictures per second.
 * @property {number | null} width Pixels.
 * @property {number | null} height Pixels.
 * @property {number | null} bitrate Bits per second, pictures only.
 * @property {number | null} fractionLost Of the packets since the last reading, 0 to 1; before any were sent again.
 * @property {number | null} retransmitted Packets that came a second time asked for, since the connection began.
 * @property {number | null} nackCount Messages that asked for them.
 * @property {number | null} pliCount Key frames asked for.
 * @property {number | null} framesDropped By the browser, since the connection began.
 * @property {number | null} freezeCount Pauses that one notices, since the connection began.
 * @property {number | null} roundTripMs
 * @property {number | null} jitterBufferMs How long a picture waits in the browser; mean since the last reading.
 * @property {number | null} decodeMs Time to decode a picture; mean since the last reading.
 * @property {number | null} processingMs From a picture's first packet until it is decoded; mean since the last reading.
 * @property {string | null} codec E.g. `VP8`.
 * @property {string | null} decoder As the browser calls it.
 */

/** @typedef {Record<string, any>} Entry */

/** Turns the browser's running counters into rates, one reading after the other. */
export class StatisticsReader {
  /** @type {Entry | null} */
  #previous = null;

  /** For a new connection. */
  restart() {
    this.#previous = null;
  }

  /**
   * @param {RTCStatsReport} report
   * @returns {Statistics | null} `null` while there is no video.
   */
  read(report) {
    const entries = entriesOf(report);
    const video = entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
    if (!video) return null;
    const since = this.#differences(video);
    this.#previous = video;
    const bytes = since('bytesReceived');
    const ms = since('timestamp');
    /** @param {number | null} count */
    const perSecond = (count) => (count === null || !ms ? null : (count * 1000) / ms);
    /** @param {string} total @param {string} count */
    const meanMs = (total, count) => toMs(quotient(since(total), since(count)));
    const lost = since('packetsLost');
    const received = since('packetsReceived');
    const codec = entries.find(({ id }) => id !== undefined && id === video['codecId']);
    return {
      framesDecoded: numberOf(video['framesDecoded']) ?? 0,
      videoBytes: numberOf(video['bytesReceived']) ?? 0,
      framerate: perSecond(since('framesDecoded')),
      width: numberOf(video['frameWidth']),
      height: numberOf(video['frameHeight']),
      bitrate: perSecond(bytes === null ? null : bytes * 8),
      fractionLost: lost === null || received === null ? null : lossOf(lost, received),
      retransmitted: numberOf(video['retransmittedPacketsReceived']),
      nackCount: numberOf(video['nackCount']),
      pliCount: numberOf(video['pliCount']),
      framesDropped: numberOf(video['framesDropped']),
      freezeCount: numberOf(video['freezeCount']),
      roundTripMs: toMs(findRoundTrip(entries)),
      jitterBufferMs: meanMs('jitterBufferDelay', 'jitterBufferEmittedCount'),
      decodeMs: meanMs('totalDecodeTime', 'framesDecoded'),
      processingMs: meanMs('totalProcessingDelay', 'framesDecoded'),
      codec: textOf(codec?.['mimeType'])?.replace(/^video\//, '') ?? null,
      decoder: textOf(video['decoderImplementation']),
    };
  }

  /**
   * @param {Entry} video
   * @returns {(key: string) => number | null} How much a counter has risen since the last reading.
   */
  #differences(video) {
    const previous = this.#previous;
    return (key) => {
      const now = numberOf(video[key]);
      const before = numberOf(previous?.[key]);
      return now === null || before === null ? null : now - before;
    };
  }
}

/**
 * The part of the latency that the browser knows: from a picture's arrival to the screen.
 *
 * @param {Statistics | null} statistics
 * @param {number | null} playoutMs As measured on the screen, where the browser tells.
 * @returns {number | null} In ms; without the screen where only decoding is known.
 */
export function playoutOf(statistics, playoutMs) {
  if (playoutMs !== null || statistics === null) return playoutMs;
  const { processingMs, jitterBufferMs, decodeMs } = statistics;
  if (processingMs !== null) return processingMs;
  return jitterBufferMs === null ? null : jitterBufferMs + (decodeMs ?? 0);
}

/**
 * @param {number} lost May be below 0: what comes twice makes good for what was lost.
 * @param {number} received
 */
function lossOf(lost, received) {
  const sent = Math.max(0, lost) + received;
  return sent <= 0 ? 0 : Math.max(0, lost) / sent;
}

/**
 * @param {number | null} total
 * @param {number | null} count
 */
function quotient(total, count) {
  return total === null || !count ? null : total / count;
}

/** @param {number | null} seconds */
function toMs(seconds) {
  return seconds === null ? null : seconds * 1000;
}

/**
 * @param {Entry[]} entries
 * @returns {number | null} Seconds.
 */
function findRoundTrip(entries) {
  const inUse = entries.find(
    ({ type, state, nominated }) =>
      type === 'candidate-pair' && state === 'succeeded' && nominated === true,
  );
  return numberOf(inUse?.['currentRoundTripTime']);
}

const counters = ['bytesReceived', 'responsesReceived', 'requestsReceived'];

/**
 * A number that rises with whatever arrives from the server: pictures, reports, and the answers to
 * the checks that a browser sends by itself every few seconds.
 *
 * @param {RTCStatsReport} report
 * @returns {number | null} `null` where the browser does not count.
 */
export function lifeSigns(report) {
  // all pairs: one that lost the server is no longer "succeeded", but keeps its counts
  const counts = entriesOf(report)
    .filter(({ type }) => type === 'candidate-pair')
    .flatMap((pair) => counters.map((key) => numberOf(pair[key])))
    .filter((count) => count !== null);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** @param {unknown} value */
function numberOf(value) {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * @param {RTCStatsReport} report
 * @returns {Entry[]}
 */
function entriesOf(report) {
  return Array.from(/** @type {Iterable<Entry>} */ (report.values()));
}
