/** Longest step, in microseconds, that rate control is told of: after a pause it must not save up. */
const longestStep = 1_000_000;

/** Frames, or so, that {@link EncoderClock.pace} is measured over. */
const paceFrames = 12;

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

  /** Usual time between two frames. */
  get usualStep(): number {
    return this.#usualStep;
  }

  /** How much longer frames take to come than planned: 2 at half the frame rate. */
  get pace(): number {
    return this.#meanStep / this.#usualStep;
  }

  /**
   * The encoder's time for a frame. Real intervals are kept, however uneven, within reason: two
   * frames in one burst are not worth no bits at all.
   */
  next(timestamp: number, entry: Entry): number {
    if (this.#lastTimestamp !== null) {
      const step = this.#step(timestamp - this.#lastTimestamp);
      this.#time += Math.max(1, Math.round(step * this.speed));
      this.#meanStep += (step - this.#meanStep) / paceFrames;
    }
    this.#lastTimestamp = timestamp;
    this.#pending.set(this.#time, entry);
    if (this.#pending.size > maxPending) this.take(Math.min(...this.#pending.keys()));
    return this.#time;
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
