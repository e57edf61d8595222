/** Longest step, in microseconds, that rate control is told of: after a pause it must not save up. */
const longestStep = 1_000_000;

/** Frames, or so, that {@link EncoderClock.pace} is measured over. */
const paceFrames = 12;

/** When a frame begins, and how long it lasts, for an encoder; in microseconds. */
export interface FrameTime {
  time: number;
  duration: number;
}

/** Pictures an encoder may hold back; more than any that is set up for no delay. */
const maxPending = 32;

/**
 * Turns the timestamps of frames, which may repeat, jump or start over, into times that only rise, as
 * encoders demand, and remembers what belongs to each. In microseconds.
 */
export class EncoderClock<Entry> {
  readonly #usualStep: number;
  readonly #pending = new Map<number, Entry>();
  #lastTimestamp: number | null = null;
  #time = 0;
  #meanStep: number;
  /**
   * How fast the encoder's time runs from now on: at half speed, an encoder that spends bits by time spends half of
   * them.
   */
  speed: number = 1;

  /** @param framerate - Sets the step taken where a timestamp does not rise. */
  constructor(framerate: number) {
    this.#usualStep = Math.max(1, Math.round(1_000_000 / framerate));
    this.#meanStep = this.#usualStep;
  }

  /** How much longer frames take to come than planned: 2 at half the frame rate. */
  get pace(): number {
    return this.#meanStep / this.#usualStep;
  }

  /**
   * The encoder's time for a frame: it stands for what has passed since the frame before, so that time has no gaps. (With
   * one duration for all, a single frame that is left out has libvpx spend 60 % more for a second.)
   * Real intervals are kept, however uneven, within reason: two frames in one burst are not worth no bits at all.
   */
  next(timestamp: number, entry: Entry): FrameTime {
    const first = this.#lastTimestamp === null;
    const step = first ? this.#usualStep : this.#step(timestamp - (this.#lastTimestamp ?? 0));
    if (!first) this.#meanStep += (step - this.#meanStep) / paceFrames;
    this.#lastTimestamp = timestamp;
    const time = this.#time;
    const duration = Math.max(1, Math.round(step * this.speed));
    this.#time += duration;
    this.#pending.set(time, entry);
    if (this.#pending.size > maxPending) this.take(Math.min(...this.#pending.keys()));
    return { time, duration };
  }

  /** What was given with `time`; it is forgotten, and so are earlier ones, which never came out. */
  take(time: number): Entry | null {
    const entry = this.#pending.get(time) ?? null;
    for (const earlier of this.#pending.keys()) {
      if (earlier > time) break;
      this.#pending.delete(earlier);
    }
    return entry;
  }

  #step(real: number): number {
    if (real <= 0) return this.#usualStep;
    return Math.min(Math.max(real, Math.ceil(this.#usualStep / 4)), longestStep);
  }
}
