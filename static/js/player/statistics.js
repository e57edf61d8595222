/**
 * @typedef {object} Statistics
 * @property {number} framesDecoded Since the connection began.
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
  for (const entry of report.values()) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'video') return entry;
  }
  return undefined;
}

/**
 * @param {RTCStatsReport} report
 * @returns {number | null} Seconds.
 */
function findRoundTrip(report) {
  for (const entry of report.values()) {
    if (entry.type !== 'candidate-pair' || entry.state !== 'succeeded' || !entry.nominated)
      continue;
    if (typeof entry.currentRoundTripTime === 'number') return entry.currentRoundTripTime;
  }
  return null;
}
