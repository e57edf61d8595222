import { SlidingCount } from './sliding-count.js';
import { SpeechMarker } from './speech-marker.js';
import type { TurnSettings } from './turn-options.js';

/** What a window of sound has changed. */
export interface TurnChange {
  /** Enough speech to interrupt somebody. Once for each time that somebody begins to speak. */
  readonly speech: boolean;
  /** Enough speech to begin a turn. */
  readonly started: boolean;
  /** Enough silence to end it. */
  readonly paused: boolean;
}

const nothing: TurnChange = { speech: false, started: false, paused: false };

/**
 * The original's rules, applied to a chunk that slides on window by window where the original's jumps: a turn begins when a
 * chunk holds enough speech, and ends when one holds too little. All times are those of the sound.
 */
export class TurnDetector {
  readonly #marker: SpeechMarker;
  readonly #windowMs: number;
  readonly #startedMs: number;
  readonly #minSpeechMs: number;
  readonly #bargeInMs: number;
  /** Windows of speech that silence may hold. */
  readonly #tolerated: number;
  readonly #chunk: SlidingCount;
  readonly #tail: SlidingCount | null;
  readonly #onset: SlidingCount | null;
  #talking = false;
  /** True from the onset of speech to its end, and after {@link cut}. */
  #heard = false;

  /** @param windowMs - Length of the windows. */
  constructor({ algo, model }: TurnSettings, windowMs: number) {
    this.#marker = new SpeechMarker(model, windowMs);
    this.#windowMs = windowMs;
    this.#startedMs = algo.startedTalkingThresholdMs;
    this.#minSpeechMs = Math.min(model.minSpeechDurationMs, algo.audioChunkDurationMs - windowMs);
    this.#bargeInMs = algo.bargeInThresholdMs;
    const windows = (ms: number): number => Math.max(1, Math.ceil(ms / windowMs));
    // What was too little to begin a turn must not hold it open.
    const silenceMs = Math.min(algo.speechThresholdMs, Math.max(1, algo.startedTalkingThresholdMs));
    this.#tolerated = windows(silenceMs) - 1;
    this.#chunk = new SlidingCount(windows(algo.audioChunkDurationMs));
    this.#tail =
      algo.pauseMs === Infinity ? null : new SlidingCount(windows(algo.pauseMs + silenceMs));
    // One window of something else may be among them.
    this.#onset =
      this.#bargeInMs === Infinity ? null : new SlidingCount(windows(this.#bargeInMs) + 1);
  }

  /** True from the beginning of a turn to its end. */
  get talking(): boolean {
    return this.#talking;
  }

  /** How many windows ago the speech of this chunk began: 1 is the newest, 0 there is none. */
  get speechAge(): number {
    return this.#chunk.oldest;
  }

  /** Takes the model's figure for the next window. */
  push(probability: number): TurnChange {
    const isSpeech = this.#marker.push(probability);
    this.#chunk.push(isSpeech);
    this.#tail?.push(isSpeech);
    const speech = this.#pushOnset(isSpeech);
    if (this.#talking) {
      const silent = !isSpeech && this.#tail !== null && this.#tail.count <= this.#tolerated;
      if (!silent) return speech ? { ...nothing, speech } : nothing;
      this.#end();
      return { ...nothing, paused: true };
    }
    const started = this.#hasStarted();
    if (started) this.#talking = true;
    return speech || started ? { ...nothing, speech, started } : nothing;
  }

  /** Ends the turn, if there is one, in the midst of speech: what goes on is no new onset, but may become a new turn. */
  cut(): void {
    this.#end();
    this.#heard = true;
  }

  /** Forgets all. */
  reset(): void {
    this.#end();
    this.#marker.reset();
    this.#onset?.reset();
    this.#heard = false;
  }

  #hasStarted(): boolean {
    const { count } = this.#chunk;
    if (count === 0 || count * this.#windowMs <= this.#startedMs) return false;
    return this.#chunk.oldest * this.#windowMs >= this.#minSpeechMs;
  }

  #pushOnset(isSpeech: boolean): boolean {
    if (this.#onset === null) return false;
    this.#onset.push(isSpeech);
    if (this.#onset.count === 0) this.#heard = false;
    if (this.#heard || !isSpeech || this.#onset.count * this.#windowMs < this.#bargeInMs)
      return false;
    this.#heard = true;
    return true;
  }

  #end(): void {
    this.#talking = false;
    this.#chunk.reset();
    this.#tail?.reset();
  }
}
