import type { SourceInfo } from '../source/source-factory.js';
import { sleep } from '../util/sleep.js';

/** Later than this, in ms, a source is slow rather than jittery, and its clock is set anew. */
const lateMs = 100;
/** A jump in the time stamps, in ms, that is a fault of the file rather than a long still. */
export const gapMs: number = 10_000;
/** How far a live source's time stamps may stray from the clock, in ms, before they are distrusted. */
const driftMs = 250;
/** How much slower than the stream's a live source's clock may run: more than any quartz does. */
const slowness = 1 / 1000;

/**
 * Gives each picture its time on the stream's own clock, and holds it back until then where the
 * source does not keep time itself.
 */
export class Pacer {
  readonly #pacing: SourceInfo['pacing'];
  readonly #now: () => number;
  #anchor: { source: number; clock: number } | null = null;
  #askedAt = 0;
  #last = -Infinity;
  #late = false;

  /** @param now - The stream's clock, in ms. */
  constructor(pacing: SourceInfo['pacing'], now: () => number = () => performance.now()) {
    this.#pacing = pacing;
    this.#now = now;
  }

  /** True when the last picture came so late that the clock was set anew for it. */
  get late(): boolean {
    return this.#late;
  }

  /**
   * Waits until the picture is due.
   *
   * @param timestamp - The source's time stamp, µs.
   * @param readMs - How long the source took to deliver it: a user's source that waited by itself is
   *   not held back again.
   * @returns The picture's time on the stream's clock, µs; it always grows.
   */
  async wait(timestamp: number, readMs: number, signal: AbortSignal): Promise<number> {
    const now = this.#now();
    this.#anchor ??= { source: timestamp, clock: now };
    let due = this.#anchor.clock + (timestamp - this.#anchor.source) / 1000;
    const early = due - now;
    const strays = this.#strays(early, readMs);
    this.#late = strays && early < 0;
    if (strays) {
      this.#anchor = { source: timestamp, clock: now };
      due = now;
    } else if (this.#pacing === 'arrival') {
      due += this.#drift(early, now - this.#askedAt);
    } else if (early > 0) {
      await sleep(early, signal);
    }
    this.#askedAt = now;
    const time = Math.max(Math.round(due * 1000), this.#last + 1);
    this.#last = time;
    return time;
  }

  /**
   * When something else of the source happens, which is on the clock of its pictures: sound.
   *
   * @param timestamp - The source's time stamp, µs.
   * @returns Its time on the stream's clock, µs.
   */
  place(timestamp: number): number {
    this.#anchor ??= { source: timestamp, clock: this.#now() };
    return Math.round(this.#anchor.clock * 1000 + timestamp - this.#anchor.source);
  }

  /**
   * Moves the anchor of a source that keeps time itself. No picture comes before it was taken: one that seems to shows that the
   * others had come late. Later ones are jitter, or a clock that runs slowly, which is followed as slowly.
   */
  #drift(early: number, sinceMs: number): number {
    const move = early > 0 ? -early : Math.min(-early, sinceMs * slowness);
    if (this.#anchor !== null) this.#anchor.clock += move;
    return move;
  }

  #strays(early: number, readMs: number): boolean {
    if (this.#pacing === 'arrival') return Math.abs(early) > driftMs;
    if (early < -lateMs || early > gapMs) return true;
    return this.#pacing === 'auto' && early > 0 && readMs > early;
  }
}
