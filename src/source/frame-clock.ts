import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Frame } from 'node-av/lib';

/** Times of one picture, µs. */
export interface FrameTimes {
  timestamp: number;
  duration: number | null;
}

/** A step back by more than this, µs, is a stream that starts its clock anew, not a late picture. */
const restartStep = 500_000;

/**
 * Gives a stream's pictures times in µs that start at 0 and always grow: where the container has
 * none they are counted by the frame rate, where its clock jumps back they go on.
 */
export class FrameClock {
  readonly #defaultDuration: number;
  #offset: number | null = null;
  #last: number | null = null;
  #lastDuration: number;

  /** @param framerate - For pictures without a time; 25 when unknown. */
  constructor(framerate: number | null) {
    this.#defaultDuration = Math.round(1_000_000 / (framerate ?? 25));
    this.#lastDuration = this.#defaultDuration;
  }

  /** Times of a decoded frame, which has to carry its stream's time base. */
  next(frame: Frame): FrameTimes {
    const { num, den } = frame.timeBase;
    const scale = (num * 1_000_000) / den;
    const stated = frame.bestEffortTimestamp;
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
