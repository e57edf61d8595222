import { Backoff } from './backoff.js';
import { hasPicture } from './dom.js';
import { Fault } from './fault.js';
import { Peer } from './peer.js';
import { ServerTalk } from './server-talk.js';
import { SoundWish } from './sound-wish.js';
import { StallWatch } from './stall-watch.js';
import { StatisticsReader, lifeSigns } from './statistics.js';

/**
 * @typedef {object} PlayerState
 * @property {'connecting' | 'live' | 'reconnecting' | 'ended' | 'failed'} state
 * @property {string} reason A sentence for the viewer, or nothing.
 * @property {string} code For programs, or nothing: `too-many-viewers`, `replaced`, `autoplay-blocked`,
 *   `interrupted`, `stalled`, and those of the server.
 * @property {number | null} retryAt When the next try comes, as `performance.now()`.
 */

const lookEveryMs = 1000;
/** Live for so long, and the next fault starts with short waits again. */
const steadyMs = 10_000;
/** After so many connections in a row without a way for media, "reconnecting" would be a lie. */
const iceFailuresUntilFailed = 3;
const iceFailedRetryMs = 30_000;

/**
 * Keeps the stream playing on one video element, whatever happens.
 *
 * Events: `state`, `statistics`, `renditions`, and `message` (a `CustomEvent` whose detail a transform sent).
 */
export class Connection extends EventTarget {
  #video;
  #config;
  #backoff = new Backoff();
  #stallWatch = new StallWatch();
  #reader = new StatisticsReader();
  /** @type {Peer | null} */
  #peer = null;
  /** @type {import('./peer.js').SourceStatus | null} */
  #source = null;
  /** @type {Fault | null} Why we wait, or stopped. */
  #fault = null;
  /** @type {number | null} */
  #retryAt = null;
  #retryTimer = 0;
  #lookTimer = 0;
  #iceFailures = 0;
  #hasPicture = false;
  #wasLive = false;
  #playBlocked = false;
  #liveSince = 0;

  /** @type {PlayerState} */
  state = { state: 'connecting', reason: '', code: '', retryAt: null };
  /** @type {import('./statistics.js').Statistics | null} */
  statistics = null;
  /** What the server tells of its side, and is asked for. */
  talk;

  #sound;

  /**
   * @param {HTMLVideoElement} video
   * @param {import('./config.js').PlayerConfig} config
   */
  constructor(video, config) {
    super();
    this.#sound = new SoundWish(video);
    this.#video = video;
    this.#config = config;
    this.talk = new ServerTalk(video);
    for (const type of ['loadeddata', 'playing', 'resize']) {
      video.addEventListener(type, () => this.#onPicture());
    }
  }

  /** Connects; anew when a connection is there already. */
  start() {
    this.#fault = null;
    this.#iceFailures = 0;
    this.#try();
  }

  #try() {
    this.stop();
    this.#source = null;
    const peer = new Peer(this.#config.iceServers, {
      onTrack: (stream, track) => {
        this.#attach(stream);
        this.#sound.follow(track, (message) => peer.send(message));
      },
      onStatus: (status) => {
        this.#source = status;
        this.#update();
      },
      onMessage: (detail) => this.dispatchEvent(new CustomEvent('message', { detail })),
      onTold: (message) => this.#onTold(message),
      onInterrupted: () => this.#update(),
      onLost: (fault) => this.#onLost(fault),
    });
    this.#peer = peer;
    this.talk.begin((message) => peer.send(message));
    this.#lookTimer = setInterval(() => void this.#look(peer), lookEveryMs);
    this.#update();
    peer
      .connect(this.#config.offer, this.#config.iceServers.length > 0)
      .catch((/** @type {unknown} */ error) => {
        if (this.#peer !== peer) return;
        peer.close();
        this.#onLost(error instanceof Fault ? error : new Fault(String(error)));
      });
  }

  /** Closes the connection and stays so until `start()`. */
  stop() {
    clearTimeout(this.#retryTimer);
    clearInterval(this.#lookTimer);
    this.#peer?.close();
    this.#peer = null;
    this.#retryAt = null;
    this.#hasPicture = false;
    this.#stallWatch.restart();
    this.#reader.restart();
    this.statistics = null;
    this.talk.end();
    this.#sound.end();
    this.dispatchEvent(new Event('renditions'));
  }

  /** Network or viewer are back: a pending try is made now, unless the server named its own time. */
  nudge() {
    if (this.#retryAt !== null && this.#fault?.retryAfterMs === undefined) this.#try();
  }

  /** To be called from a click: the browser then lets the video play. */
  play() {
    this.#playBlocked = false;
    this.#video.play().catch(() => undefined);
    this.#update();
  }

  /** @param {{ type?: unknown }} message */
  #onTold(message) {
    if (!this.talk.receive(message)) return false;
    this.dispatchEvent(new Event(message.type === 'renditions' ? 'renditions' : 'statistics'));
    return true;
  }

  /** @param {MediaStream} stream */
  #attach(stream) {
    if (this.#video.srcObject === stream) return;
    this.#video.srcObject = stream;
    this.#video.autoplay = true;
    this.#video.play().catch((/** @type {unknown} */ error) => {
      // a new source interrupts the old play(); that is no fault
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      if (this.#video.muted) {
        this.#playBlocked = true;
        this.#update();
      } else {
        this.#video.muted = true;
        this.#video.play().catch(() => undefined);
      }
    });
  }

  #onPicture() {
    if (!this.#peer || !hasPicture(this.#video)) return;
    if (!this.#video.paused) this.#playBlocked = false;
    this.#hasPicture = true;
    this.#fault = null;
    this.#iceFailures = 0;
    this.#update();
  }

  /** @param {Fault} fault */
  #onLost(fault) {
    const { state } = this.state;
    const source = this.#source;
    this.stop();
    this.#fault = fault;
    if (fault.code === 'ice-failed') this.#iceFailures += 1;
    // the server said goodbye before it hung up: its word stands, and nobody fights for the place
    const saidGoodbye =
      (source?.state === 'ended' || source?.state === 'failed') && state === source.state;
    if (!saidGoodbye) {
      this.#source = null;
      if (!fault.permanent) this.#retryLater(fault);
    }
    this.#update();
  }

  /** @param {Fault} fault */
  #retryLater(fault) {
    let wait = fault.retryAfterMs ?? this.#backoff.next();
    if (this.#iceFailures >= iceFailuresUntilFailed) wait = Math.max(wait, iceFailedRetryMs);
    this.#retryAt = performance.now() + wait;
    this.#retryTimer = setTimeout(() => this.#try(), wait);
  }

  /** @param {Peer} peer */
  async #look(peer) {
    const report = await peer.getStats();
    if (!report || peer !== this.#peer || !(peer.connected || peer.interrupted)) return;
    this.statistics = this.#reader.read(report);
    const { framesDecoded = 0, videoBytes = 0 } = this.statistics ?? {};
    const progress = { framesDecoded, videoBytes, lifeSigns: lifeSigns(report) };
    this.#stallWatch.look(progress, performance.now());
    this.talk.look(this.statistics, performance.now());
    this.dispatchEvent(new Event('statistics'));
    const expectsPictures = this.#source === null || this.#source.state === 'live';
    if (!expectsPictures) this.#stallWatch.expectNothing();
    if (this.#stallWatch.hopeless) {
      const fault = this.#stallWatch.silent
        ? new Fault('The connection was lost.', { code: 'connection-lost' })
        : new Fault('No pictures come from the server.', { code: 'stalled' });
      peer.close();
      this.#onLost(fault);
      return;
    }
    if (this.#liveSince > 0 && performance.now() - this.#liveSince > steadyMs)
      this.#backoff.reset();
    this.#update();
  }

  #update() {
    const next = this.#compute();
    const { state, reason, code, retryAt } = this.state;
    if (next.state === 'live') {
      this.#wasLive = true;
      if (state !== 'live') this.#liveSince = performance.now();
    } else {
      this.#liveSince = 0;
    }
    const same = next.state === state && next.reason === reason && next.code === code;
    if (same && next.retryAt === retryAt) return;
    this.state = next;
    this.dispatchEvent(new Event('state'));
  }

  /** @returns {PlayerState} */
  #compute() {
    const source = this.#source;
    const retryAt = this.#retryAt;
    const trying = this.#wasLive || this.#fault ? 'reconnecting' : 'connecting';
    const interrupted = this.#peer?.interrupted || this.#stallWatch.silent;
    const isOver = source?.state === 'ended' || source?.state === 'failed';
    if (source && source.state !== 'live' && (isOver || !interrupted)) return sourceState(source);
    if (!this.#peer) {
      const { message: reason = '', code = '' } = this.#fault ?? {};
      const gaveUp = retryAt === null || this.#iceFailures >= iceFailuresUntilFailed;
      return { state: gaveUp ? 'failed' : 'reconnecting', reason, code, retryAt };
    }
    /** @type {(state: PlayerState['state'], reason?: string, code?: string) => PlayerState} */
    const now = (state, reason = '', code = '') => ({ state, reason, code, retryAt: null });
    if (this.#playBlocked) {
      return now('connecting', 'This browser plays only after a click.', 'autoplay-blocked');
    }
    if (interrupted) {
      return now('reconnecting', 'The connection was interrupted.', 'interrupted');
    }
    if (!this.#peer.connected) return now(trying, this.#fault?.message, this.#fault?.code);
    if (this.#stallWatch.stalled) return now('reconnecting', 'No new picture comes.', 'stalled');
    return this.#hasPicture ? now('live') : now(trying, 'Waiting for the first picture.');
  }
}

/**
 * @param {import('./peer.js').SourceStatus} source
 * @returns {PlayerState}
 */
function sourceState({ state, reason = '', code = '' }) {
  if (code === 'replaced') {
    return { state: 'ended', reason: 'Another viewer took over.', code, retryAt: null };
  }
  const known = state === 'reconnecting' || state === 'ended' || state === 'failed';
  return { state: known ? state : 'connecting', reason, code, retryAt: null };
}
