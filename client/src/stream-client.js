import { Emitter } from './emitter.js';
import { StreamFault, toFault } from './fault.js';
import { listDevices, watchDevices } from './media/devices.js';
import { Signalling, usualPaths } from './net/signalling.js';
import { resolveOptions } from './options.js';
import { Session } from './session/session.js';

/** @typedef {import('./media/constraints.js').MediaKind} MediaKind */
/** @typedef {import('./client-events.js').ClientEvents} ClientEvents */

/**
 * A connection to a Stream: camera and microphone there, the handler's answer back, messages both ways.
 *
 * Call `connect()` in a click: browsers then let the answer sound. Nothing is asked of the visitor or the server before.
 */
export class StreamClient {
  #options;
  #signalling;
  /** @type {Emitter<ClientEvents>} */
  #emitter = new Emitter();
  /** @type {Session | null} */
  #session = null;
  /** @type {Promise<void> | null} */
  #opening = null;
  /** @type {Partial<Record<MediaKind, string | null>>} */
  #deviceIds;
  /** @type {Set<MediaKind>} */
  #muted = new Set();
  #speakerMuted = false;
  /** @type {import('./client-events.js').ClientState} */
  #state = { state: 'closed', code: '', reason: '', retryAt: null };
  #life = new AbortController();

  /**
   * @param {import('./options.js').StreamClientOptions} [options]
   * @throws {TypeError} or {RangeError} naming the option.
   */
  constructor(options = {}) {
    this.#options = resolveOptions(options);
    this.#signalling = new Signalling(this.#options.url, this.#options);
    this.#deviceIds = { video: options.cameraId ?? null, audio: options.microphoneId ?? null };
    const { signal } = this.#life;
    watchDevices(() => void this.#announceDevices(), signal);
    globalThis.addEventListener('online', () => this.#session?.nudge(), { signal });
    this.on('remotestream', () => this.#session?.setSpeakerMuted(this.#speakerMuted));
  }

  /** The connection's id. */
  get webrtcId() {
    return this.#options.webrtcId;
  }

  /** The Stream's folder. */
  get url() {
    return this.#options.url.href;
  }

  /** Where the connection stands, and why. */
  get state() {
    return this.#state;
  }

  /** How the connection is carried; `null` while there is none. */
  get transport() {
    return this.#session?.transport?.name ?? null;
  }

  /** What the Stream takes and gives; `null` before the first `connect()`. */
  get configuration() {
    return this.#session?.configuration ?? null;
  }

  /** What is sent, for a preview; `null` while not connected. */
  get localStream() {
    return this.#session?.media.stream ?? null;
  }

  /** What is received; `null` while there is nothing. */
  get remoteStream() {
    return this.#session?.remoteStream ?? null;
  }

  /** Until when the connection lasts; `null` without a limit. */
  get timeLimit() {
    return this.#session?.timeLimit ?? null;
  }

  /** True between `pause_detected` and `response_starting`. */
  get pending() {
    return this.#session?.pending ?? false;
  }

  /** The meter of the microphone; `null` while there is none. A new one after each `localstream` event. */
  get microphoneMeter() {
    return this.#session?.meters.microphone ?? null;
  }

  /** The meter of the answer; `null` while there is none. A new one after each `remotestream` event. */
  get answerMeter() {
    return this.#session?.meters.answer ?? null;
  }

  /**
   * @template {keyof ClientEvents} Name
   * @param {Name} name
   * @param {(detail: ClientEvents[Name]) => void} listener
   * @returns {() => void} Removes the listener.
   */
  on(name, listener) {
    return this.#emitter.on(name, listener);
  }

  /**
   * @template {keyof ClientEvents} Name
   * @param {Name} name
   * @param {(detail: ClientEvents[Name]) => void} listener
   */
  off(name, listener) {
    this.#emitter.off(name, listener);
  }

  /**
   * Asks for camera and microphone, connects, and resolves once media flows. While a connection is there or being made, this
   * is the same one.
   *
   * @returns {Promise<void>}
   * @throws {import('./fault.js').StreamFault} The state is `failed` then, with the same reason; `stopped` after `disconnect()`.
   */
  connect() {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Ends the connection and releases camera and microphone. Idempotent; `connect()` begins a new one. */
  disconnect() {
    this.#session?.close('closed', null);
  }

  /** Ends all: also the watch for devices. Of no use afterwards. */
  close() {
    this.disconnect();
    this.#life.abort();
  }

  /**
   * The cameras and microphones there are. Labels are empty until the visitor has allowed one.
   *
   * @returns {Promise<import('./client-events.js').DeviceList>}
   */
  listDevices() {
    return listDevices();
  }

  /** The `deviceId` of the camera in use or chosen; empty for none. */
  get cameraId() {
    return this.#session?.media.deviceId('video') || (this.#deviceIds.video ?? '');
  }

  /** The `deviceId` of the microphone in use or chosen; empty for none. */
  get microphoneId() {
    return this.#session?.media.deviceId('audio') || (this.#deviceIds.audio ?? '');
  }

  /**
   * Takes another camera, also in the middle of a connection.
   *
   * @param {string | null} deviceId `null` for the one the browser prefers.
   * @returns {Promise<void>}
   * @throws {import('./fault.js').StreamFault} The one before goes on then.
   */
  useCamera(deviceId) {
    return this.#use('video', deviceId);
  }

  /**
   * Takes another microphone, also in the middle of a connection.
   *
   * @param {string | null} deviceId `null` for the one the browser prefers.
   * @returns {Promise<void>}
   * @throws {import('./fault.js').StreamFault} The one before goes on then.
   */
  useMicrophone(deviceId) {
    return this.#use('audio', deviceId);
  }

  /** True when the Stream sees black. May be set at any time. */
  get cameraMuted() {
    return this.#muted.has('video');
  }

  set cameraMuted(muted) {
    this.#setMuted('video', muted);
  }

  /** True when the Stream hears silence. May be set at any time. */
  get microphoneMuted() {
    return this.#muted.has('audio');
  }

  set microphoneMuted(muted) {
    this.#setMuted('audio', muted);
  }

  /** True when the answer is not heard. May be set at any time. */
  get speakerMuted() {
    return this.#speakerMuted;
  }

  set speakerMuted(muted) {
    this.#speakerMuted = muted;
    this.#session?.setSpeakerMuted(muted);
  }

  /**
   * Sends text as it is to the handler.
   *
   * @param {string} text
   * @returns {boolean} False when it cannot be sent now.
   */
  sendText(text) {
    return this.#session?.transport?.send(text) ?? false;
  }

  /**
   * Sends a chat message to the handler's `onChat`; what it answers comes as `chat` events.
   *
   * @param {string} text
   * @returns {boolean} False when it cannot be sent now.
   */
  chat(text) {
    return this.sendText(JSON.stringify({ type: 'chat', data: text }));
  }

  /**
   * Asks the handler to end its answer.
   *
   * @returns {boolean} False when it cannot be sent now.
   */
  stopChat() {
    return this.sendText(JSON.stringify({ type: 'stop_chat' }));
  }

  /**
   * Holds the button of push-to-talk down, for a handler made with `pushToTalk`: what the visitor says from now on is the turn.
   *
   * @returns {boolean} False while there is no connection.
   */
  startTalking() {
    return this.sendText(JSON.stringify({ type: 'push_to_talk', data: 'start' }));
  }

  /**
   * Lets the button go: the handler replies.
   *
   * @returns {boolean} False while there is no connection.
   */
  stopTalking() {
    return this.sendText(JSON.stringify({ type: 'push_to_talk', data: 'stop' }));
  }

  /**
   * Gives the handler its inputs: the values of an object in their order, or a list.
   *
   * @param {Record<string, unknown> | readonly unknown[]} inputs
   * @throws {import('./fault.js').StreamFault}
   */
  async setInputs(inputs) {
    await this.#post('inputHook', inputs);
  }

  /**
   * Lets a handler that takes turns reply now, as at the end of push-to-talk.
   *
   * @param {Record<string, unknown> | readonly unknown[]} [inputs] Given to it first.
   * @throws {import('./fault.js').StreamFault}
   */
  async triggerResponse(inputs = {}) {
    await this.#post('triggerResponse', inputs);
  }

  /**
   * Plays the answer on an element, from now on. When the browser wants a click first there is a warning `playback`,
   * and the next click or key on the page starts it.
   *
   * @param {HTMLMediaElement} element
   * @returns {() => void} Ends it.
   */
  playOn(element) {
    const abort = new AbortController();
    const play = async () => {
      try {
        await element.play();
      } catch (error) {
        // a new source interrupts the old play(), which is no fault
        if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
        const message = 'This browser plays only after a click: click anywhere on the page.';
        this.#emitter.emit('warning', { code: 'playback', message });
        const again = { once: true, signal: abort.signal };
        for (const type of ['pointerup', 'keyup']) {
          document.addEventListener(type, () => void play(), again);
        }
      }
    };
    /** @param {MediaStream | null} stream */
    const show = (stream) => {
      if (element.srcObject === stream) return;
      element.srcObject = stream;
      if (stream) void play();
    };
    const off = this.on('remotestream', show);
    show(this.remoteStream);
    return () => {
      off();
      abort.abort();
      element.srcObject = null;
    };
  }

  /**
   * @param {'inputHook' | 'triggerResponse'} route
   * @param {Record<string, unknown> | readonly unknown[]} values
   */
  async #post(route, values) {
    const path = (this.configuration?.routes ?? usualPaths)[route];
    if (path === null) {
      throw new StreamFault(`This stream has no route ${route}.`, { code: 'not-found' });
    }
    await this.#signalling.postInputs(path, this.webrtcId, values, this.#life.signal);
  }

  async #open() {
    const session = new Session({
      options: this.#options,
      signalling: this.#signalling,
      emitter: this.#emitter,
      deviceIds: this.#deviceIds,
      muted: this.#muted,
      setState: (state, fault, retryAt = null) => {
        if (state === 'closed' || state === 'failed') this.#opening = null;
        const isStop = fault === null || fault.code === 'stopped';
        this.#setState({
          state: isStop && state === 'failed' ? 'closed' : state,
          code: isStop ? '' : fault.code,
          reason: isStop ? '' : fault.message,
          retryAt,
        });
      },
    });
    this.#session = session;
    await session.open();
    if (this.#session === session) void this.#announceDevices();
  }

  /** @param {import('./client-events.js').ClientState} next */
  #setState(next) {
    const { state, code, reason, retryAt } = this.#state;
    const same = next.state === state && next.code === code && next.reason === reason;
    if (same && next.retryAt === retryAt) return;
    this.#state = next;
    this.#emitter.emit('statechange', next);
  }

  /**
   * @param {MediaKind} kind
   * @param {string | null} deviceId
   */
  async #use(kind, deviceId) {
    const before = this.#deviceIds[kind] ?? null;
    this.#deviceIds[kind] = deviceId;
    const session = this.#session;
    if (!session?.media.track(kind)) return;
    try {
      await session.media.use(kind, deviceId);
    } catch (error) {
      this.#deviceIds[kind] = before;
      throw toFault(error);
    }
  }

  /**
   * @param {MediaKind} kind
   * @param {boolean} muted
   */
  #setMuted(kind, muted) {
    if (muted) this.#muted.add(kind);
    else this.#muted.delete(kind);
    this.#session?.media.setMuted(kind, muted);
  }

  async #announceDevices() {
    this.#emitter.emit('devices', await listDevices());
  }
}
