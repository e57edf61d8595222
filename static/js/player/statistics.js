/**
 * @typedef {object} Statistics
 * @property {number} framesDecoded Since the connection began.
 * @property {number} videoBytes Arrived since the connection began.
 * @property {number | null} framerate Pictures per second.
 * @property {number | null} width Pixels.
 * @property {number | null} height Pixels.
 * @property {number | null} bitrate Bits per second.
 * @property {number | null} latencyMs Half a round trip, buffer and decoder; not camera and encoder.
 */

/** Turns the browser's running counters into rates, one reading after the other. */
export class StatisticsReader {
  /** @type {Record<string, number> | null} */
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
    const video = findVideo(report);
    if (!video) return null;
    /** @param {string} key */
    const sinceLast = (key) => {
      const now = video[key];
      const before = this.#previous?.[key];
      return now === undefined || before === undefined ? null : now - before;
    };
    const ms = sinceLast('timestamp');
    /** @param {number | null} count */
    const perSecond = (count) => (count === null || !ms ? null : (count * 1000) / ms);
    const bytes = sinceLast('bytesReceived');
    const buffering = average(
      sinceLast('jitterBufferDelay'),
      sinceLast('jitterBufferEmittedCount'),
    );
    const decoding = average(sinceLast('totalDecodeTime'), sinceLast('framesDecoded'));
    const roundTrip = findRoundTrip(report);
    const framerate = perSecond(sinceLast('framesDecoded'));
    this.#previous = video;
    return {
      framesDecoded: video.framesDecoded ?? 0,
      videoBytes: video.bytesReceived ?? 0,
      framerate,
      width: video.frameWidth ?? null,
      height: video.frameHeight ?? null,
      bitrate: perSecond(bytes === null ? null : bytes * 8),
      latencyMs:
        buffering === null ? null : ((roundTrip ?? 0) / 2 + buffering + (decoding ?? 0)) * 1000,
    };
  }
}

/**
 * @param {number | null} total
 * @param {number | null} count
 */
function average(total, count) {
  return total === null || !count ? null : total / count;
}

/**
 * @param {RTCStatsReport} report
 * @returns {Record<string, number> | undefined}
 */
function findVideo(report) {
  return find(report, ({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
}

/**
 * @param {RTCStatsReport} report
 * @returns {number | null} Seconds.
 */
function findRoundTrip(report) {
  const inUse = find(
    report,
    ({ type, state, nominated }) =>
      type === 'candidate-pair' && state === 'succeeded' && nominated === true,
  );
  return inUse?.['currentRoundTripTime'] ?? null;
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
    .flatMap((pair) => counters.map((key) => /** @type {unknown} */ (pair[key])))
    .filter((count) => typeof count === 'number');
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The first entry that `matches`, its numbers taken for granted.
 *
 * @param {RTCStatsReport} report
 * @param {(entry: Record<string, any>) => boolean} matches
 * @returns {Record<string, number> | undefined}
 */
function find(report, matches) {
  return /** @type {Record<string, number> | undefined} */ (entriesOf(report).find(matches));
}

/**
 * @param {RTCStatsReport} report
 * @returns {Record<string, any>[]}
 */
function entriesOf(report) {
  const entries = /** @type {Iterable<Record<string, any>>} */ (report.values());
  return Array.from(entries);
}
