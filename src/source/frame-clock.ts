import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import type { RunClock } from './run-clock.js';

/** Times of one picture, µs. */
export interface FrameTimes {
  timestamp: number;
  duration: number | null;
}

/** Where the times of a stream's pictures come from. */
export interface FrameClockOptions {
  /** For pictures without a time; 25 when unknown. */
  framerate: number | null;
  /** The stream is live and has no times of its own: the moment of arrival counts. */
  byArrival: boolean;
}

/**
 * Gives a stream's pictures times in µs that start at 0 and always grow: where the container has
 * none they are counted by the frame rate.
 */
export class FrameClock {
  readonly #byArrival: boolean;
  readonly #defaultDuration: number;
  #last: number | null = null;
  #lastDuration: number;
  #arrivalOffset: number | null = null;

  constructor({ framerate, byArrival }: FrameClockOptions) {
    this.#byArrival = byArrival;
    this.#defaultDuration = Math.round(1_000_000 / (framerate ?? 25));
    this.#lastDuration = this.#defaultDuration;
  }

  /** When the next picture is expected. */
  get expected(): number {
    return this.#last === null ? 0 : this.#last + this.#lastDuration;
  }

  /** Times of a decoded frame, whose own times are on `run`; the first one of a run begins it. */
  next(frame: Frame, run: RunClock): FrameTimes {
    const duration = frame.duration > 0n && !this.#byArrival ? Number(frame.duration) : null;
    const stated = frame.bestEffortTimestamp;
    const own = stated === AV_NOPTS_VALUE ? null : Number(stated);
    if (this.#byArrival) return { timestamp: this.#take(this.#arrival(), null), duration };
    if (own !== null) run.begin(own);
    return { timestamp: this.#take(own === null ? null : run.at(own), duration), duration };
  }

  /** Notes a picture that is passed on without being decoded; its time is the next one's floor. */
  passed(timestamp: number, duration: number | null): void {
    this.#take(timestamp, duration);
  }

  #arrival(): number {
    const now = performance.now() * 1000;
    this.#arrivalOffset ??= -now;
    return Math.round(now + this.#arrivalOffset);
  }

  #take(time: number | null, duration: number | null): number {
    const timestamp = Math.max(time ?? this.expected, (this.#last ?? -Infinity) + 1);
    this.#last = timestamp;
    this.#lastDuration = duration ?? this.#defaultDuration;
    return timestamp;
  }
}
