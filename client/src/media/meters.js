import { LevelMeter } from './level-meter.js';

/** Meters of what is said and what is answered; made anew when a stream changes. */
export class Meters {
  #context;
  /** @type {LevelMeter | null} */
  microphone = null;
  /** @type {LevelMeter | null} */
  answer = null;

  /** @param {AudioContext} context */
  constructor(context) {
    this.#context = context;
  }

  /** @param {MediaStream} stream */
  watchLocal(stream) {
    this.microphone?.close();
    this.microphone = this.#meter(stream, false);
  }

  /** @param {MediaStream} stream */
  watchRemote(stream) {
    this.answer?.close();
    this.answer = this.#meter(stream, true);
  }

  /** @returns {import('../client-events.js').Levels} */
  get levels() {
    return { microphone: this.microphone?.level ?? 0, answer: this.answer?.level ?? 0 };
  }

  close() {
    this.microphone?.close();
    this.answer?.close();
    this.microphone = null;
    this.answer = null;
  }

  /**
   * @param {MediaStream} stream
   * @param {boolean} isRemote
   */
  #meter(stream, isRemote) {
    const [track] = stream.getAudioTracks();
    return track ? new LevelMeter(this.#context, track, isRemote) : null;
  }
}
