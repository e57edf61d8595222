/** Default of `maxDriftMs`. */
const defaultMaxDriftMs = 300;

/**
 * Relates media time to the time of day for the streams of one peer, so that it plays them in step (RFC 3550,
 * 6.4.1). A stream whose time has nothing to do with the other's keeps a place of its own: in step with a
 * stranger, a peer would hold it back for seconds.
 */
export class MediaClock {
  readonly #maxDriftMs: number;
  #offsetMs: number | null;

  /**
   * @param options.offsetMs - Time of day of the media's moment 0, where that is known. Default: what is sent first
   *   is taken for what happens now.
   * @param options.maxDriftMs - Media time may be this far from its usual place on the clock before it is put there
   *   anew. Default 300.
   */
  constructor(options: { offsetMs?: number; maxDriftMs?: number } = {}) {
    this.#offsetMs = options.offsetMs ?? null;
    this.#maxDriftMs = options.maxDriftMs ?? defaultMaxDriftMs;
  }

  /** The clock of one stream: the time of day of a moment of it, in ms since 1970. */
  forStream(): (microseconds: number, nowMs?: number) => number {
    let own: number | null = null;
    return (microseconds, nowMs = Date.now()) => {
      const mediaMs = microseconds / 1000;
      const fits = (offset: number): boolean =>
        Math.abs(mediaMs + offset - nowMs) <= this.#maxDriftMs;
      if (own === null || !fits(own)) {
        if (this.#offsetMs === null || !fits(this.#offsetMs)) this.#offsetMs = nowMs - mediaMs;
        own = this.#offsetMs;
      }
      return mediaMs + own;
    };
  }
}
