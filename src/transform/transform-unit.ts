import { StreamError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { AudioData } from '../media/audio-data.js';
import type { AudioTransformContext, StreamInfo, TransformContext } from '../media/contracts.js';
import { VideoFrame } from '../media/video-frame.js';
import { Backoff } from '../util/backoff.js';
import { LogLimit } from '../util/log-limit.js';
import { AudioUnit } from './audio-unit.js';
import type { AudioTransformStats } from './audio-unit.js';
import { describe } from './to-transform.js';
import type { AnyTransform } from './to-transform.js';
import { overdue, patienceMs, Watchdog } from './watchdog.js';

/** After this long without a picture a transform that drops them all is mentioned, ms. */
const droppingMs = 5000;

/** Figures of one transform since it was loaded. */
export interface TransformStats {
  /** As logs name it. */
  name: string;
  /** Frames it was given. */
  frames: number;
  /** Frames it answered with `null`, or that were dropped because it failed. */
  dropped: number;
  /** What it threw, answers that are no frame, and calls it did not answer in time. */
  errors: number;
  /** Ms per frame, over the last 30 or so. */
  averageMs: number;
  /** What it did with sound; absent without a `transformAudio()`. */
  audio?: AudioTransformStats;
}

/** What a {@link TransformUnit} is told about its surroundings. */
export interface TransformUnitOptions {
  logger: Logger;
  /** What becomes of a frame whose transform fails. */
  onError: 'pass' | 'drop';
  /** Counts the failures of all units that share it. */
  faults: { count: number };
}

/**
 * One transform, with all that it may do wrong contained. A failed `start` takes it out of the way
 * and is tried again at a later frame, after 1 s, 2 s, 4 s and so on up to 30 s. A call without an
 * answer takes it out of the way after 2 s, until the answer comes.
 */
export class TransformUnit {
  /** As logs name it. */
  readonly name: string;
  readonly #transform: AnyTransform;
  readonly #options: TransformUnitOptions;
  readonly #faults: LogLimit;
  readonly #retry = new Backoff(1000, 30_000);
  readonly #watchdog: Watchdog;
  readonly #audio: AudioUnit | null;
  /** Calls under way; each function gives its call up. */
  readonly #pending = new Set<(reason: Error) => void>();
  #stats = { frames: 0, dropped: 0, errors: 0, averageMs: 0 };
  #info: StreamInfo | null = null;
  /** A start under way, as long as it is waited for. */
  #starting: Promise<void> | null = null;
  #started = false;
  #tried = false;
  #retryAt = 0;
  #stopped = false;
  /** When it dropped the first of the frames that it has dropped one after another. */
  #droppingSince: number | null = null;
  #toldDropping = false;

  constructor(transform: AnyTransform, name: string, options: TransformUnitOptions) {
    this.#transform = transform;
    this.name = name;
    this.#options = options;
    this.#faults = new LogLimit((suppressed, err) => {
      const more = suppressed > 0 ? ` (and ${suppressed} more times)` : '';
      const reason = err instanceof Error ? err.message : String(err);
      options.logger.error(
        { err, transform: name, suppressed },
        `transform ${name} failed: ${reason}${more}`,
      );
    });
    const onAnswered = (ms: number): void => {
      if (this.#stopped) return;
      const seconds = (ms / 1000).toFixed(1);
      options.logger.info({ transform: name }, `transform ${name} answered after ${seconds} s`);
    };
    this.#watchdog = new Watchdog({ onOverdue: () => this.#noteOverdue(), onAnswered });
    this.#audio =
      typeof transform.transformAudio === 'function'
        ? new AudioUnit(transform, {
            onError: options.onError,
            ready: (info) => this.#ready(info),
            onFault: (error) => {
              options.faults.count += 1;
              this.#faults.note(error);
            },
            onAnswered,
          })
        : null;
  }

  /** True when it has a `transform()`: else pictures pass it by. */
  get takesFrames(): boolean {
    return typeof this.#transform.transform === 'function';
  }

  /** True when it has a `transformAudio()`. */
  get takesAudio(): boolean {
    return this.#audio !== null;
  }

  /** A copy of the figures. */
  get stats(): TransformStats {
    const audio = this.#audio?.stats;
    return { name: this.name, ...this.#stats, ...(audio && { audio }) };
  }

  /**
   * Tells the transform what is coming, and waits as long as that takes.
   *
   * @throws what the transform throws.
   */
  async start(info: StreamInfo): Promise<void> {
    const starting = this.#start(info);
    if ((await this.#watchdog.wait(starting)) === overdue) await starting;
  }

  /** Like {@link start}, for 2 s at most; a failure is counted and logged. */
  async tryStart(info: StreamInfo): Promise<void> {
    this.#info = info;
    this.#started = false;
    // Still busy: the first frame after that starts it.
    if (!this.#watchdog.hanging) await this.#startInTime(info);
  }

  /** Runs the transform on a frame, which it owns from here on. Never rejects. */
  async apply(frame: VideoFrame, context: TransformContext): Promise<VideoFrame | null> {
    const began = performance.now();
    const pass = this.#options.onError === 'pass';
    let spare: VideoFrame | null = null;
    let result: VideoFrame | null;
    let lent = false;
    try {
      // Another handle on the same pixels: the transform may close its own before it throws.
      if (pass) spare = frame.clone();
      const ready = !this.#watchdog.hanging && (await this.#ready(context.info));
      const answer = ready ? await this.#run(frame, context) : spare;
      lent = answer === overdue;
      result = answer === overdue ? spare : answer;
    } catch (error) {
      this.#note(error);
      result = spare;
    }
    if (result !== spare) spare?.close();
    // A transform that is still busy with the frame has it until it answers.
    if (result !== frame && !lent) frame.close();
    this.#count(result === null, performance.now() - began);
    return result;
  }

  /**
   * Runs `transformAudio()`, where there is one, on a piece of sound, which it owns from here on. Never rejects.
   *
   * @param context - `null` before the stream is known: the piece is treated as when the transform fails.
   */
  async applyAudio(
    audio: AudioData,
    context: AudioTransformContext | null,
  ): Promise<AudioData | null> {
    return this.#audio === null ? audio : await this.#audio.apply(audio, context);
  }

  /**
   * Gives up calls under way and stops the transform. Only the first call does anything; from then on
   * frames are treated as when the transform fails. Never rejects.
   *
   * @param graceMs - How long the transform's own `stop()` may take.
   */
  async stop(graceMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#giveUp('was still busy when it was stopped');
    this.#audio?.stop();
    try {
      // One that waits to be started has nothing to stop.
      if (this.#tried || this.#transform.start === undefined) {
        const timer = setTimeout(() => this.#giveUp('stop() does not return'), graceMs);
        await this.#call(() => this.#transform.stop?.()).finally(() => clearTimeout(timer));
      }
    } catch (error) {
      this.#note(error);
    }
    this.#faults.close();
  }

  /** Whether it is started; where that has failed a while ago, or nobody has done it, it is done now. Never rejects. */
  async #ready(info: StreamInfo): Promise<boolean> {
    if (this.#stopped || this.#started) return !this.#stopped;
    if (this.#starting === null) {
      if (this.#watchdog.hanging) return false;
      if (this.#tried && performance.now() < this.#retryAt) return false;
    }
    // Pictures and sound may both wait for one start.
    await (this.#starting ?? this.#startInTime(this.#info ?? info));
    return this.#started && !this.#stopped;
  }

  async #start(info: StreamInfo): Promise<void> {
    this.#info = info;
    this.#started = false;
    this.#tried = true;
    this.#droppingSince = null;
    try {
      await this.#call(() => this.#transform.start?.(info));
      // Other pictures may have been announced meanwhile.
      this.#started = this.#info === info;
      this.#retry.reset();
    } catch (error) {
      this.#retryAt = performance.now() + this.#retry.next();
      throw error;
    }
  }

  /** Waits for 2 s at most; a failure is counted and logged. Never rejects. */
  async #startInTime(info: StreamInfo): Promise<void> {
    const starting = this.#start(info).catch((error: unknown) => this.#note(error));
    const inTime = this.#watchdog.wait(starting).then(() => undefined);
    this.#starting = inTime;
    await inTime;
    if (this.#starting === inTime) this.#starting = null;
  }

  async #run(
    frame: VideoFrame,
    context: TransformContext,
  ): Promise<VideoFrame | null | typeof overdue> {
    const { timestamp, duration } = frame;
    const answer: Promise<unknown> = this.#call(() => this.#transform.transform?.(frame, context));
    const result = await this.#watchdog.wait(answer);
    if (result === overdue) {
      void this.#discard(answer, frame);
      return overdue;
    }
    this.#noteDropping(result === null);
    if (result === null) return null;
    if (!(result instanceof VideoFrame)) {
      const hint = isSharp(result) ? '; make it a frame with VideoFrame.fromSharp()' : '';
      const got = result === undefined ? 'undefined (is a return missing?)' : describe(result);
      throw new TypeError(`transform() must return a VideoFrame or null, got ${got}${hint}`);
    }
    if (result.closed) throw new TypeError('transform() returned a frame that it had closed');
    if (result.timestamp === timestamp && result.duration === duration) return result;
    using stamped = result;
    return new VideoFrame(stamped.backing.clone(), { timestamp, duration });
  }

  /** What comes of a frame that nobody waits for any more. */
  async #discard(answer: Promise<unknown>, frame: VideoFrame): Promise<void> {
    try {
      const result = await answer;
      if (result instanceof VideoFrame) result.close();
    } catch (error) {
      this.#note(error);
    }
    frame.close();
  }

  /** A call that {@link stop} can give up; what comes of it later is closed. */
  #call<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let givenUp = false;
      const giveUp = (reason: Error): void => {
        givenUp = true;
        this.#pending.delete(giveUp);
        reject(reason);
      };
      this.#pending.add(giveUp);
      const settled = (then: () => void): void => {
        this.#pending.delete(giveUp);
        then();
      };
      Promise.resolve()
        .then(work)
        .then(
          (value) => {
            if (givenUp && value instanceof VideoFrame) value.close();
            settled(() => resolve(value));
          },
          (error: unknown) => settled(() => reject(asError(error))),
        );
    });
  }

  #giveUp(why: string): void {
    const reason = new StreamError(why, { code: 'transform-hangs' });
    for (const giveUp of this.#pending) giveUp(reason);
  }

  #note(error: unknown): void {
    this.#countError();
    this.#faults.note(error);
  }

  #noteOverdue(): void {
    this.#countError();
    const { name } = this;
    this.#options.logger.warn(
      { transform: name },
      `transform ${name} has not answered for ${patienceMs / 1000} s`,
    );
  }

  /** Said once: dropping for long may be what is wanted, as of a transform that waits for movement. */
  #noteDropping(dropped: boolean): void {
    if (!dropped) this.#droppingSince = null;
    if (!dropped || this.#toldDropping) return;
    this.#droppingSince ??= performance.now();
    if (performance.now() - this.#droppingSince < droppingMs) return;
    this.#toldDropping = true;
    const { name } = this;
    this.#options.logger.warn(
      { transform: name },
      `transform ${name} has dropped every picture for ${droppingMs / 1000} s`,
    );
  }

  #countError(): void {
    this.#stats.errors += 1;
    this.#options.faults.count += 1;
  }

  #count(dropped: boolean, ms: number): void {
    const stats = this.#stats;
    stats.frames += 1;
    if (dropped) stats.dropped += 1;
    stats.averageMs += (ms - stats.averageMs) / Math.min(stats.frames, 30);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`threw ${describe(thrown)}`);
}

function isSharp(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['raw', 'toBuffer', 'metadata'].every((name) => name in value);
}
