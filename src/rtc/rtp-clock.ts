/** A jump of the timestamps further than this from the time that has passed is a new beginning. */
const maxJumpMs = 10_000;

/** When the first packet of a peer came, by `performance.now()`: its streams have a common beginning. */
export class Timeline {
  #startMs: number | null = null;

  /** Microseconds since the first packet of any stream. */
  elapsed(nowMs: number): number {
    this.#startMs ??= nowMs;
    return Math.max(0, Math.round((nowMs - this.#startMs) * 1000));
  }
}

/** RTP timestamps of one stream as microseconds: near 0 at the beginning, never wrapping round. */
export class RtpClock {
  readonly #clockRate: number;
  readonly #timeline: Timeline;
  #last: { timestamp: number; atMs: number; ticks: number } | null = null;
  #offset = 0;

  constructor(clockRate: number, timeline: Timeline) {
    this.#clockRate = clockRate;
    this.#timeline = timeline;
  }

  /**
   * The time of a packet.
   *
   * @param nowMs - When it came, by `performance.now()`.
   */
  microseconds(timestamp: number, nowMs: number): number {
    const last = this.#last;
    const difference = last === null ? 0 : (timestamp - last.timestamp) | 0;
    const passedMs = last === null ? 0 : nowMs - last.atMs;
    const jumps = Math.abs((difference * 1000) / this.#clockRate - passedMs) > maxJumpMs;
    if (last === null || jumps) {
      this.#offset = this.#timeline.elapsed(nowMs);
      this.#last = { timestamp, atMs: nowMs, ticks: 0 };
      return this.#offset;
    }
    const ticks = last.ticks + difference;
    this.#last = { timestamp, atMs: nowMs, ticks };
    return Math.max(0, this.#offset + Math.round((ticks * 1_000_000) / this.#clockRate));
  }
}
