import { FrameTimer } from './frame-timer.js';
import { latencyOf } from './latency.js';
import { playoutOf } from './statistics.js';

/**
 * One encoding of the stream that this viewer can have.
 *
 * @typedef {object} Rendition
 * @property {'source' | 'full' | 'half' | 'quarter'} level
 * @property {number} bitrate Bits per second at its best; 0 when not known yet.
 *
 * @typedef {'auto' | 'high' | 'medium' | 'low'} Quality
 *
 * @typedef {object} Renditions
 * @property {Rendition[]} ladder Best first.
 * @property {string | null} current Level of the pictures that come now.
 *
 * @typedef {Record<string, number | string | null>} ServerFigures See docs/reference/statistics.md.
 */

/** What is shown, and told while somebody looks at the server's figures, is of so long. */
const measureEveryMs = 2000;
/** Otherwise the server is told so rarely: with hundreds of viewers each message counts. */
const reportEveryMs = 10_000;

/** The first seconds of a connection are slower than all others: what is shown for long is not of them. */
const reportsToSettle = 3;

const unknownParts = { captureMs: null, playoutMs: null, roundTripMs: null };

/**
 * What page and server tell each other of the connection: the page what it measures, the server its
 * figures and the renditions to choose from.
 */
export class ServerTalk {
  #timer;
  /** @type {((message: object) => boolean) | null} */
  #send = null;
  #measuredAt = -Infinity;
  #reportedAt = -Infinity;
  /** Reports running that told how long pictures take. */
  #toldPlayout = 0;
  /** @type {Quality} */
  #quality = 'auto';
  /** @type {Omit<import('./latency.js').LatencyParts, 'captureToSendMs'>} */
  #shown = unknownParts;

  /** @type {Renditions} */
  renditions = { ladder: [], current: null };
  /** @type {ServerFigures | null} */
  figures = null;
  #watched = false;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#timer = new FrameTimer(video);
  }

  /** Of the pictures of the last two seconds. */
  get latency() {
    return latencyOf({ ...this.#shown, captureToSendMs: numberOf(this.figures?.captureToSendMs) });
  }

  /** What the viewer asked for; lasts until the page is left. */
  get quality() {
    return this.#quality;
  }

  /**
   * For a new connection.
   *
   * @param {(message: object) => boolean} send False while there is no way.
   */
  begin(send) {
    this.end();
    this.#send = send;
    this.#timer.start();
  }

  /** The connection is gone. */
  end() {
    this.#send = null;
    this.#timer.stop();
    this.#measuredAt = -Infinity;
    this.#reportedAt = -Infinity;
    this.#toldPlayout = 0;
    this.renditions = { ladder: [], current: null };
    this.figures = null;
    this.#shown = unknownParts;
  }

  /**
   * Takes a message of the server.
   *
   * @param {{ type?: unknown, [key: string]: any }} message
   * @returns {boolean} False for one of another kind.
   */
  receive(message) {
    if (message.type === 'statistics') {
      this.figures = /** @type {ServerFigures} */ (message);
      return true;
    }
    if (message.type !== 'renditions' || !Array.isArray(message.ladder)) return false;
    // a server that we came back to knows nothing of what was asked before
    if (this.renditions.ladder.length === 0 && this.#quality !== 'auto') this.#sendQuality();
    const { ladder, current = null } = /** @type {Renditions} */ (message);
    this.renditions = { ladder, current };
    return true;
  }

  /**
   * Whether somebody looks at the server's figures: they come every 2 s then.
   *
   * @param {boolean} watched
   */
  watch(watched) {
    if (watched && !this.#watched) this.#reportedAt = -Infinity;
    this.#watched = watched;
  }

  /** @param {Quality} quality */
  choose(quality) {
    this.#quality = quality;
    this.#sendQuality();
  }

  /**
   * To be called once a second with the newest figures; reports to the server when it is time.
   *
   * @param {import('./statistics.js').Statistics | null} statistics
   * @param {number} now In ms, rising.
   */
  look(statistics, now) {
    if (now - this.#measuredAt >= measureEveryMs - 100) {
      this.#measuredAt = now;
      const { playoutMs, captureMs } = this.#timer.take();
      this.#shown = {
        captureMs,
        playoutMs: playoutOf(statistics, playoutMs),
        roundTripMs: statistics?.roundTripMs ?? null,
      };
    }
    const settled = this.#toldPlayout >= reportsToSettle;
    const everyMs = this.#watched || !settled ? measureEveryMs : reportEveryMs;
    if (now - this.#reportedAt < everyMs - 100) return;
    const { playoutMs, captureMs } = this.#shown;
    const report = {
      type: 'statistics',
      // its part of the latency, which is shown
      wanted: true,
      playoutMs,
      captureMs,
      framesDropped: statistics?.framesDropped ?? null,
      freezeCount: statistics?.freezeCount ?? null,
    };
    if (this.#send?.(report) !== true) return;
    this.#reportedAt = now;
    this.#toldPlayout = playoutMs === null ? 0 : this.#toldPlayout + 1;
  }

  #sendQuality() {
    this.#send?.({ type: 'quality', quality: this.#quality });
  }
}

/** @param {unknown} value */
function numberOf(value) {
  return typeof value === 'number' ? value : null;
}
