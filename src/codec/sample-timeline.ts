/** How much later than the sound before it a piece may begin and still count as its continuation. */
const toleratedGapUs = 60_000;

/**
 * When samples are heard. Times of the input jitter, stand still (a user who gives none) or jump: what comes
 * out is counted on in samples, without gaps, until the input leaves a real gap.
 */
export class SampleTimeline {
  readonly #sampleRate: number;
  #start: number | null = null;
  /** Microseconds of input since the start. */
  #taken = 0;
  /** Frames of output since the start. */
  #given = 0;

  /** @param sampleRate - Of what comes out. */
  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** True when a piece that begins at `timestamp` does not continue what was taken. */
  breaksAt(timestamp: number): boolean {
    return this.#start !== null && timestamp - this.#start - this.#taken > toleratedGapUs;
  }

  /** Counts a piece of input of so many frames; the first one says when the output begins. */
  take(timestamp: number, frames: number, sampleRate: number): void {
    this.#start ??= timestamp;
    this.#taken += (frames * 1_000_000) / sampleRate;
  }

  /** The time of the next `frames` of output, in whole microseconds. */
  give(frames: number): number {
    const time = (this.#start ?? 0) + (this.#given * 1_000_000) / this.#sampleRate;
    this.#given += frames;
    return Math.round(time);
  }

  /** The time of `frames` of input that are output as they are. */
  pass(timestamp: number, frames: number): number {
    if (this.breaksAt(timestamp)) this.reset();
    this.#start ??= timestamp;
    this.#taken += (frames * 1_000_000) / this.#sampleRate;
    return this.give(frames);
  }

  /** The next piece begins anew. */
  reset(): void {
    this.#start = null;
    this.#taken = 0;
    this.#given = 0;
  }
}
