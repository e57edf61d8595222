import type { LinkEstimate } from '../rtc/link-estimate.js';

/** A queue that is let drain. Lower than what a viewer would notice: it takes as long again to be noticed here. */
const longQueueMs = 200;
/** The shortest and the longest pause of the pictures. */
const minPauseMs = 100;
const maxPauseMs = 8000;
/** A pause so soon after the last one lasts twice as long: each ends with a key frame, which all viewers pay for. */
const pauseAgainMs = 3000;
/** How long nothing better is tried after a failure: doubles with each, and begins anew after a time without. */
const firstWaitMs = 5000;
const maxWaitMs = 60_000;
const forgetAfterMs = 120_000;

/** What a viewer's link has been through lately, as far as choosing depends on it. */
export class LinkRecord {
  #troubledAt: number = Number.NEGATIVE_INFINITY;
  #failedAt: number = Number.NEGATIVE_INFINITY;
  #waitMs = 0;
  #pausedAt: number = Number.NEGATIVE_INFINITY;
  #pauseEnds: number = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;

  /** Takes the estimate of this moment. */
  note(now: number, { congested, queueMs }: LinkEstimate): void {
    if (congested) this.#troubledAt = now;
    if (!congested || queueMs === null || queueMs < longQueueMs || this.pausedAt(now)) return;
    // Nothing sent for as long as the queue is, and it is empty.
    const again = now - this.#pauseEnds < pauseAgainMs;
    const wanted = Math.max(minPauseMs, queueMs, again ? this.#pauseMs * 2 : 0);
    this.#pauseMs = Math.min(wanted, maxPauseMs);
    this.#pausedAt = now;
    this.#pauseEnds = now + this.#pauseMs;
  }

  /** True while the queue in the network drains. */
  pausedAt(now: number): boolean {
    return now >= this.#pausedAt && now < this.#pauseEnds;
  }

  /** Ms since the link was congested last. */
  calmFor(now: number): number {
    return now - this.#troubledAt;
  }

  /** True when something better may be tried. */
  mayRise(now: number): boolean {
    return now - this.#failedAt >= this.#waitMs;
  }

  /** The viewer moved down. */
  noteFall(now: number): void {
    // A fall soon after a rise: the rise was the failure.
    this.noteFailure(now);
  }

  /** Something better was tried, and the link did not bear it. */
  noteFailure(now: number): void {
    const forgotten = now - this.#failedAt > forgetAfterMs;
    this.#waitMs = forgotten ? firstWaitMs : Math.min(maxWaitMs, this.#waitMs * 2);
    this.#failedAt = now;
  }
}
