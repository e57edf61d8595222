import { blackTrack, silentTrack } from './placeholder-tracks.js';
import { openTrack, openTracks } from './user-media.js';

/** @typedef {import('./constraints.js').MediaKind} MediaKind */

/**
 * @typedef {object} LocalMediaHooks
 * @property {(kind: MediaKind, deviceId: string | null) => MediaTrackConstraints} constraints
 * @property {(kind: MediaKind, track: MediaStreamTrack) => Promise<void>} replaced Sends this track from now on.
 * @property {(stream: MediaStream) => void} changed The stream is another one now.
 * @property {(warning: import('../client-events.js').ClientWarning) => void} warn
 */

/** What the visitor sends: a camera, a microphone, or what stands in for them. Whoever makes it stops it. */
export class LocalMedia {
  #hooks;
  #audioContext;
  /** @type {Map<MediaKind, MediaStreamTrack>} */
  #tracks = new Map();
  /** @type {Set<MediaKind>} */
  #placeholders = new Set();
  /** @type {Set<MediaKind>} */
  #muted = new Set();
  /** @type {Promise<void>} */
  #lastSwitch = Promise.resolve();
  #stopped = false;

  stream = new MediaStream();

  /**
   * @param {AudioContext} audioContext For the silence that stands in for a microphone.
   * @param {LocalMediaHooks} hooks
   */
  constructor(audioContext, hooks) {
    this.#audioContext = audioContext;
    this.#hooks = hooks;
  }

  /**
   * Asks for the devices.
   *
   * @param {MediaKind[]} kinds
   * @param {Partial<Record<MediaKind, string | null>>} deviceIds
   * @param {boolean} joinWithout Whether something stands in for what is missing.
   * @throws {StreamFault} when something is missing and nothing may stand in.
   */
  async open(kinds, deviceIds, joinWithout) {
    const wanted = Object.fromEntries(
      kinds.map((kind) => [kind, this.#hooks.constraints(kind, deviceIds[kind] ?? null)]),
    );
    const { tracks, faults } = await openTracks(wanted);
    for (const track of tracks) this.#set(/** @type {MediaKind} */ (track.kind), track);
    const [fault] = faults.values();
    if (this.#stopped || (fault && !joinWithout)) this.stop();
    if (fault && !joinWithout) throw fault;
    if (this.#stopped) return;
    for (const [kind, missing] of faults) {
      this.#setPlaceholder(kind);
      this.#hooks.warn({
        code: kind === 'video' ? 'no-camera' : 'no-microphone',
        message: `${missing.message.replace(/, then start again/, '')} You take part without ${kind === 'video' ? 'a picture' : 'your voice'}.`,
      });
    }
    this.#publish();
  }

  /** @param {MediaKind} kind */
  track(kind) {
    return this.#tracks.get(kind) ?? null;
  }

  /**
   * True when there is no camera or microphone behind the track.
   *
   * @param {MediaKind} kind
   */
  isPlaceholder(kind) {
    return this.#placeholders.has(kind);
  }

  /**
   * The device in use; empty for a stand-in.
   *
   * @param {MediaKind} kind
   */
  deviceId(kind) {
    if (this.#placeholders.has(kind)) return '';
    return this.#tracks.get(kind)?.getSettings().deviceId ?? '';
  }

  /**
   * Changes to another device while the connection goes on. One change after the other; when it fails the old device
   * stays.
   *
   * @param {MediaKind} kind
   * @param {string | null} deviceId `null` for the one the browser prefers.
   * @returns {Promise<void>}
   * @throws {StreamFault}
   */
  use(kind, deviceId) {
    const change = this.#lastSwitch.then(() => this.#change(kind, deviceId));
    this.#lastSwitch = change.catch(() => undefined);
    return change;
  }

  /**
   * Sends silence or black, or what there is again.
   *
   * @param {MediaKind} kind
   * @param {boolean} muted
   */
  setMuted(kind, muted) {
    if (muted) this.#muted.add(kind);
    else this.#muted.delete(kind);
    const track = this.#tracks.get(kind);
    if (track) track.enabled = !muted;
  }

  /** Releases the devices. Idempotent. */
  stop() {
    this.#stopped = true;
    for (const track of this.#tracks.values()) {
      track.onended = null;
      track.stop();
    }
    this.#tracks.clear();
  }

  /**
   * @param {MediaKind} kind
   * @param {string | null} deviceId
   */
  async #change(kind, deviceId) {
    if (this.#stopped) return;
    const constraints = this.#hooks.constraints(kind, deviceId);
    const old = this.#tracks.get(kind);
    /** @type {MediaStreamTrack} */
    let track;
    try {
      track = await openTrack(kind, constraints);
    } catch (error) {
      const { code } = /** @type {import('../fault.js').StreamFault} */ (error);
      if (code !== 'device-busy' || !old || this.#placeholders.has(kind)) throw error;
      // phones open one camera at a time
      track = await this.#exchange(kind, old, constraints);
    }
    await this.#install(kind, track);
  }

  /**
   * @param {MediaKind} kind
   * @param {MediaStreamTrack} old
   * @param {MediaTrackConstraints} constraints
   */
  async #exchange(kind, old, constraints) {
    const { deviceId = '' } = old.getSettings();
    old.onended = null;
    old.stop();
    try {
      return await openTrack(kind, constraints);
    } catch (error) {
      await this.#restore(kind, deviceId === '' ? null : deviceId);
      throw error;
    }
  }

  /**
   * Gets a device back, any other, or what stands in for it.
   *
   * @param {MediaKind} kind
   * @param {string | null} deviceId
   */
  async #restore(kind, deviceId) {
    try {
      await this.#install(kind, await openTrack(kind, this.#hooks.constraints(kind, deviceId)));
    } catch {
      if (this.#stopped) return;
      this.#setPlaceholder(kind);
      await this.#handOver(kind);
    }
  }

  /**
   * @param {MediaKind} kind
   * @param {MediaStreamTrack} track
   */
  async #install(kind, track) {
    if (this.#stopped) {
      track.stop();
      return;
    }
    this.#set(kind, track);
    await this.#handOver(kind);
  }

  /** @param {MediaKind} kind */
  async #handOver(kind) {
    const track = this.#tracks.get(kind);
    if (track) await this.#hooks.replaced(kind, track);
    this.#publish();
  }

  /**
   * @param {MediaKind} kind
   * @param {MediaStreamTrack} track
   */
  #set(kind, track) {
    const old = this.#tracks.get(kind);
    this.#tracks.set(kind, track);
    this.#placeholders.delete(kind);
    track.enabled = !this.#muted.has(kind);
    track.onended = () => void this.#onDeviceLost(kind, track);
    if (old && old !== track) {
      old.onended = null;
      old.stop();
    }
  }

  /** @param {MediaKind} kind */
  #setPlaceholder(kind) {
    this.#set(kind, kind === 'video' ? blackTrack() : silentTrack(this.#audioContext));
    this.#placeholders.add(kind);
  }

  /**
   * @param {MediaKind} kind
   * @param {MediaStreamTrack} track
   */
  async #onDeviceLost(kind, track) {
    if (this.#stopped || this.#tracks.get(kind) !== track) return;
    const device = kind === 'video' ? 'camera' : 'microphone';
    await this.#restore(kind, null);
    if (this.#stopped) return;
    const other = this.#placeholders.has(kind) ? 'Choose another one' : 'Another one is in use now';
    this.#hooks.warn({ code: 'device-lost', message: `The ${device} is gone. ${other}.` });
  }

  #publish() {
    this.stream = new MediaStream([...this.#tracks.values()]);
    this.#hooks.changed(this.stream);
  }
}
