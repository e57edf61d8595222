import {
  StreamFault,
  closedByServerCode,
  serverGone,
  stopped,
  timeIsUp,
  toFault,
} from '../fault.js';
import { constraintsFor } from '../media/constraints.js';
import { LocalMedia } from '../media/local-media.js';
import { Meters } from '../media/meters.js';
import { OutputReader } from '../net/output-reader.js';
import { SocketTransport } from '../net/socket-transport.js';
import { kindsOf } from '../net/transport.js';
import { WebRtcTransport } from '../net/webrtc-transport.js';
import { loadConfiguration, mayJoinWithoutDevices, transportsFor } from './configuration.js';
import { MessageRouter } from './message-router.js';
import { Reconnector } from './reconnector.js';

/** @typedef {import('../media/constraints.js').MediaKind} MediaKind */
/** @typedef {import('../client-events.js').StateName} StateName */

/**
 * @typedef {object} SessionPlan
 * @property {import('../options.js').ResolvedOptions} options
 * @property {import('../net/signalling.js').Signalling} signalling
 * @property {import('../emitter.js').Emitter<import('../client-events.js').ClientEvents>} emitter
 * @property {Partial<Record<MediaKind, string | null>>} deviceIds The visitor's choices.
 * @property {ReadonlySet<MediaKind>} muted
 * @property {(state: StateName, fault: StreamFault | null, retryAt?: number | null) => void} setState
 */

/** How long what was sent before `end_stream` may take to be heard. */
const lastSoundMs = 500;
/** An end so near the time limit is the time limit. */
const limitSlackMs = 1500;
/** A close so soon after an error is because of it. */
const errorSlackMs = 3000;
/** Codes of ends that are no failures. */
const ends = new Set(['time-limit', 'end-stream', closedByServerCode]);

/** From one `connect()` to its end: the devices, the transport, and its successors after a loss. */
export class Session {
  #plan;
  #abort = new AbortController();
  #audioContext = new AudioContext({ latencyHint: 'interactive' });
  #media;
  #outputs = new OutputReader();
  #router;
  #reconnector;
  /** @type {import('../net/transport.js').Transport | null} */
  #transport = null;
  /** @type {import('../options.js').TransportName | null} What worked last. */
  #proven = null;
  /** @type {StreamFault | null} What the server said before it closes. */
  #goodbye = null;
  /** The server said that it stops. */
  #serverCloses = false;
  #lastError = { message: '', at: -Infinity };
  #levelTimer = 0;
  #endTimer = 0;

  /** @type {import('../net/signalling.js').StreamConfiguration | null} */
  configuration = null;
  /** @type {MediaStream | null} */
  remoteStream = null;
  /** @type {import('../client-events.js').TimeLimit | null} */
  timeLimit = null;
  meters = new Meters(this.#audioContext);

  /** @param {SessionPlan} plan */
  constructor(plan) {
    this.#plan = plan;
    const { emitter } = plan;
    this.#startSound();
    this.#media = new LocalMedia(this.#audioContext, {
      constraints: (kind, deviceId) =>
        constraintsFor(this.configuration?.trackConstraints, kind, deviceId),
      replaced: async (kind, track) => this.#transport?.replaceTrack(kind, track),
      changed: (stream) => {
        this.meters.watchLocal(stream);
        emitter.emit('localstream', stream);
      },
      warn: (warning) => emitter.emit('warning', warning),
    });
    this.#router = new MessageRouter(emitter, {
      endStream: (message) => {
        this.#goodbye = this.#timeIsUp() ?? new StreamFault(message, { code: 'end-stream' });
        this.#endSoon();
      },
      closeWanted: () => {
        this.#goodbye ??= new StreamFault('The server closed the connection.', {
          code: closedByServerCode,
        });
        this.#endSoon();
      },
      serverClosing: () => {
        this.#serverCloses = true;
      },
      error: (message) => {
        this.#lastError = { message, at: performance.now() };
      },
    });
    this.#reconnector = new Reconnector({
      tryAgain: () => this.#establish(),
      waiting: (fault, retryAt) => plan.setState('reconnecting', fault, retryAt),
      gaveUp: (fault) => this.close('failed', fault),
    });
  }

  /** Made in the visitor's click, the context may sound; else from the next click on. Phones stop it for calls. */
  #startSound() {
    const resume = () => void this.#audioContext.resume().catch(() => undefined);
    const { signal } = this.#abort;
    for (const type of ['pointerup', 'keyup']) document.addEventListener(type, resume, { signal });
    resume();
  }

  /** @type {LocalMedia} */
  get media() {
    return this.#media;
  }

  /** @type {import('../net/transport.js').Transport | null} */
  get transport() {
    return this.#transport;
  }

  /** An answer is being made. */
  get pending() {
    return this.#router.pending;
  }

  /** @throws {StreamFault} when it fails for good; closed then. */
  async open() {
    const { options, signalling, deviceIds, muted, setState } = this.#plan;
    const { signal } = this.#abort;
    setState('connecting', null);
    try {
      this.configuration = await loadConfiguration(options, signalling, signal);
      const { mode, modality } = this.configuration;
      if (mode !== 'receive') {
        for (const kind of muted) this.#media.setMuted(kind, true);
        const joinWithout = mayJoinWithoutDevices(options, this.configuration);
        await this.#media.open(kindsOf(modality), deviceIds, joinWithout);
      }
      await this.#establish();
    } catch (error) {
      const fault = signal.aborted ? stopped() : toFault(error);
      this.close('failed', fault);
      throw fault;
    }
  }

  /**
   * Ends everything. Idempotent.
   *
   * @param {'closed' | 'failed'} state
   * @param {StreamFault | null} fault Why; `null` when the visitor stopped it.
   */
  close(state, fault) {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    clearInterval(this.#levelTimer);
    clearTimeout(this.#endTimer);
    this.#reconnector.stop();
    this.#transport?.close();
    this.#transport = null;
    this.#media.stop();
    this.#outputs.close();
    this.meters.close();
    this.remoteStream = null;
    this.#audioContext.close().catch(() => undefined);
    this.#router.setPending(false);
    this.#setTimeLimit(null);
    const { emitter, setState } = this.#plan;
    emitter.emit('localstream', null);
    emitter.emit('remotestream', null);
    setState(state, fault);
  }

  /** The network is back: a pending try is made now. */
  nudge() {
    this.#reconnector.nudge();
  }

  /** @param {boolean} muted */
  setSpeakerMuted(muted) {
    for (const track of this.remoteStream?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** @throws {StreamFault} */
  async #establish() {
    const { options, signalling, emitter, setState } = this.#plan;
    const { signal } = this.#abort;
    const configuration = await loadConfiguration(options, signalling, signal);
    signal.throwIfAborted();
    this.configuration = configuration;
    const names = this.#proven ? [this.#proven] : transportsFor(options, configuration);
    for (const [index, name] of names.entries()) {
      const transport = this.#makeTransport(name, configuration);
      this.#transport = transport;
      try {
        await transport.connect();
        break;
      } catch (error) {
        const next = names[index + 1];
        const { code } = toFault(error);
        if (signal.aborted || !next || code !== 'ice-failed') throw error;
        emitter.emit('warning', {
          code: 'fallback',
          message: 'WebRTC cannot get through here: the sound goes over a WebSocket instead.',
        });
      }
    }
    this.#proven = this.#transport?.name ?? null;
    this.#setTimeLimit(configuration.timeLimitMs);
    this.#listen();
    setState('open', null);
  }

  /**
   * @param {import('../options.js').TransportName} name
   * @param {import('../net/signalling.js').StreamConfiguration} configuration
   * @returns {import('../net/transport.js').Transport}
   */
  #makeTransport(name, configuration) {
    const { options, signalling, emitter } = this.#plan;
    const hooks = {
      message: (/** @type {string} */ text) => this.#router.route(text),
      remote: (/** @type {MediaStream} */ stream) => {
        this.remoteStream = stream;
        this.meters.watchRemote(stream);
        emitter.emit('remotestream', stream);
      },
      output: (/** @type {import('../client-events.js').OutputEvent} */ output) =>
        emitter.emit('output', output),
      interrupted: (/** @type {boolean} */ interrupted) => this.#onInterrupted(interrupted),
      warn: (/** @type {import('../client-events.js').ClientWarning} */ warning) =>
        emitter.emit('warning', warning),
      lost: (/** @type {StreamFault} */ fault) => this.#onLost(fault),
    };
    const audioContext = this.#audioContext;
    const plan = { options, signalling, configuration, media: this.#media, audioContext, hooks };
    return name === 'webrtc' ? new WebRtcTransport(plan) : new SocketTransport(plan);
  }

  /** What goes on while a connection is open. */
  #listen() {
    const { options, signalling, emitter } = this.#plan;
    clearInterval(this.#levelTimer);
    this.#levelTimer = setInterval(() => {
      if (emitter.hasListeners('level')) emitter.emit('level', this.meters.levels);
    }, 50);
    const path = this.configuration?.routes.outputs ?? null;
    if (!options.outputs || path === null || this.#transport?.name !== 'webrtc') return;
    const address = signalling.address(path);
    address.searchParams.set('webrtc_id', options.webrtcId);
    this.#outputs.open(address, signalling.withCredentials, (output) =>
      emitter.emit('output', output),
    );
  }

  /** @param {boolean} interrupted */
  #onInterrupted(interrupted) {
    if (!interrupted) return this.#plan.setState('open', null);
    const fault = new StreamFault('The connection was interrupted.', { code: 'connection-lost' });
    return this.#plan.setState('reconnecting', fault);
  }

  /** @param {StreamFault} fault The transport is closed. */
  #onLost(fault) {
    this.#transport = null;
    this.#router.setPending(false);
    const reason = this.#endOf(fault);
    if (!reason.retryable || !this.#plan.options.reconnect) {
      return this.close(ends.has(reason.code) ? 'closed' : 'failed', reason);
    }
    this.#setTimeLimit(null);
    return this.#reconnector.start(reason);
  }

  /**
   * Why the connection has ended, by all that was said before.
   *
   * @param {StreamFault} fault What its transport knows.
   */
  #endOf(fault) {
    const serverCloses = this.#serverCloses;
    this.#serverCloses = false;
    if (this.#goodbye) return this.#goodbye;
    if (serverCloses) return serverGone();
    const timeIsUp = this.#timeIsUp();
    if (timeIsUp) return timeIsUp;
    const { message, at } = this.#lastError;
    const isByError = fault.code === closedByServerCode && performance.now() - at < errorSlackMs;
    return isByError ? new StreamFault(message, { code: 'handler-error' }) : fault;
  }

  /** The time limit as a reason, when it is due. */
  #timeIsUp() {
    const { timeLimit } = this;
    const isDue = timeLimit && performance.now() > timeLimit.endsAt - limitSlackMs;
    return isDue ? timeIsUp(timeLimit.limitMs) : null;
  }

  #endSoon() {
    clearTimeout(this.#endTimer);
    this.#endTimer = setTimeout(() => this.close('closed', this.#goodbye), lastSoundMs);
  }

  /** @param {number | null} limitMs */
  #setTimeLimit(limitMs) {
    const next = limitMs === null ? null : { limitMs, endsAt: performance.now() + limitMs };
    if (next === null && this.timeLimit === null) return;
    this.timeLimit = next;
    this.#plan.emitter.emit('timelimit', next);
  }
}
