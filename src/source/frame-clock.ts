import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Frame } from 'node-av/lib';

/** Times of one picture, µs. */
export interface FrameTimes {
  timestamp: number;
  duration: number | null;
}

/** A step back by more than this, µs, is a stream that starts its clock anew, not a late picture. */
const restartStep = 500_000;

/** Where the times of a stream's pictures come from. */
export interface FrameClockOptions {
  /** For pictures without a time; 25 when unknown. */
  framerate: number | null;
  /** The stream is live and has no times of its own: the moment of arrival counts. */
  byArrival: boolean;
}

/**
 * Gives a stream's pictures times in µs that start at 0 and always grow: where the container has
 * none they are counted by the frame rate, where its clock jumps back they go on.
 */
export class FrameClock {
  readonly #byArrival: boolean;
  readonly #defaultDuration: number;
  #offset: number | null = null;
  #last: number | null = null;
  #lastDuration: number;

  constructor({ framerate, byArrival }: FrameClockOptions) {
    this.#byArrival = byArrival;
    this.#defaultDuration = Math.round(1_000_000 / (framerate ?? 25));
    this.#lastDuration = this.#defaultDuration;
  }

  /** Times of a decoded frame, which has to carry its stream's time base. */
  next(frame: Frame): FrameTimes {
    const { num, den } = frame.timeBase;
    const scale = (num * 1_000_000) / den;
    const stated = frame.bestEffortTimestamp;
    if (this.#byArrival) {
      const timestamp = this.#place(performance.now() * 1000);
      this.#last = timestamp;
      return { timestamp, duration: null };
    }
    const own = stated === AV_NOPTS_VALUE ? null : Number(stated) * scale;
    const duration = frame.duration > 0n ? Math.round(Number(frame.duration) * scale) : null;
    const timestamp = this.#place(own);
    this.#last = timestamp;
    this.#lastDuration = duration ?? this.#defaultDuration;
    return { timestamp, duration };
  }

  /** The next picture is the first of a new start, and follows the last one. */
  restart(): void {
    this.#offset = null;
  }

  #place(own: number | null): number {
    const expected = this.#last === null ? 0 : this.#last + this.#lastDuration;
    if (own === null) return expected;
    this.#offset ??= expected - own;
    const timestamp = Math.round(own + this.#offset);
    if (this.#last === null || timestamp > this.#last) return timestamp;
    if (timestamp > this.#last - restartStep) return this.#last + 1;
    this.#offset = expected - own;
    return expected;
  }
}
