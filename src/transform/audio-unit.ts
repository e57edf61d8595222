import { StreamError } from '../errors.js';
import { AudioData } from '../media/audio-data.js';
import type { AudioTransformContext, StreamInfo } from '../media/contracts.js';
import { describe } from './to-transform.js';
import type { AnyTransform } from './to-transform.js';
import { overdue, Watchdog } from './watchdog.js';

/** Figures of one transform's `transformAudio()` since it was loaded. */
export interface AudioTransformStats {
  /** Pieces of sound it was given. */
  pieces: number;
  /** Pieces it answered with `null`, or that were dropped because it failed. */
  dropped: number;
  /** What it threw, answers that are no sound, and calls it did not answer in time. */
  errors: number;
  /** Ms per piece, over the last 30 or so. */
  averageMs: number;
}

/** What an {@link AudioUnit} is told about its surroundings. */
export interface AudioUnitOptions {
  /** What becomes of a piece whose transform fails. */
  onError: 'pass' | 'drop';
  /** Whether the transform is started; starts it where that is due. Never rejects. */
  ready(info: StreamInfo): Promise<boolean>;
  /** Takes what went wrong, once per piece. */
  onFault(error: unknown): void;
  /** An overdue call was answered after all. */
  onAnswered(ms: number): void;
}

/** One transform's way with sound, with all that it may do wrong contained; its pictures know nothing of it. */
export class AudioUnit {
  readonly #transform: AnyTransform;
  readonly #options: AudioUnitOptions;
  readonly #watchdog: Watchdog;
  readonly #stats: AudioTransformStats = { pieces: 0, dropped: 0, errors: 0, averageMs: 0 };
  #giveUp: ((reason: Error) => void) | null = null;
  #stopped = false;

  constructor(transform: AnyTransform, options: AudioUnitOptions) {
    this.#transform = transform;
    this.#options = options;
    this.#watchdog = new Watchdog({
      onOverdue: () => {
        this.#fail(
          new StreamError('transformAudio() has not answered', { code: 'transform-hangs' }),
        );
      },
      onAnswered: (ms) => {
        if (!this.#stopped) options.onAnswered(ms);
      },
    });
  }

  /** A copy of the figures. */
  get stats(): AudioTransformStats {
    return { ...this.#stats };
  }

  /**
   * Runs the transform on a piece, which it owns from here on. Never rejects.
   *
   * @param context - `null` before the stream is known: the piece is treated as when the transform fails.
   */
  async apply(audio: AudioData, context: AudioTransformContext | null): Promise<AudioData | null> {
    const began = performance.now();
    const spare = this.#options.onError === 'pass' ? audio.clone() : null;
    let result = spare;
    if (context !== null && (await this.#canRun(context))) {
      try {
        const answer = await this.#run(audio, context);
        // A transform that is still busy with the piece has it until it answers.
        if (answer === overdue) return this.#count(spare, began);
        result = answer;
      } catch (error) {
        this.#fail(error);
      }
    }
    if (result !== spare) spare?.close();
    if (result !== audio) audio.close();
    return this.#count(result, began);
  }

  /** Gives up what is under way; from then on sound is treated as when the transform fails. */
  stop(): void {
    this.#stopped = true;
    this.#giveUp?.(
      new StreamError('was still busy with sound when it was stopped', { code: 'transform-hangs' }),
    );
  }

  async #canRun({ info }: AudioTransformContext): Promise<boolean> {
    if (this.#stopped || this.#watchdog.hanging) return false;
    return this.#options.ready(info);
  }

  async #run(
    audio: AudioData,
    context: AudioTransformContext,
  ): Promise<AudioData | null | typeof overdue> {
    const { timestamp } = audio;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#giveUp = reject;
      Promise.resolve()
        .then(() => this.#transform.transformAudio?.(audio, context))
        .then(resolve, reject);
    });
    const result = await this.#watchdog.wait(answer);
    if (result === overdue) {
      void this.#discard(answer, audio);
      return overdue;
    }
    if (result === null) return null;
    if (!(result instanceof AudioData)) {
      const got = result === undefined ? 'undefined (is a return missing?)' : describe(result);
      throw new TypeError(`transformAudio() must return an AudioData or null, got ${got}`);
    }
    if (result.closed) throw new TypeError('transformAudio() returned sound that it had closed');
    if (result.timestamp === timestamp) return result;
    const stamped = result.at(timestamp);
    result.close();
    return stamped;
  }

  /** What comes of a piece that nobody waits for any more. */
  async #discard(answer: Promise<unknown>, audio: AudioData): Promise<void> {
    try {
      const result = await answer;
      if (result instanceof AudioData) result.close();
    } catch (error) {
      this.#fail(error);
    }
    audio.close();
  }

  #fail(error: unknown): void {
    this.#stats.errors += 1;
    this.#options.onFault(error);
  }

  #count(result: AudioData | null, began: number): AudioData | null {
    const stats = this.#stats;
    stats.pieces += 1;
    if (result === null) stats.dropped += 1;
    stats.averageMs += (performance.now() - began - stats.averageMs) / Math.min(stats.pieces, 30);
    return result;
  }
}
