import type { LinkEstimate } from '../rtc/link-estimate.js';

/** A queue that is let drain at once, and one that is if it lasts: a key frame on a narrow link makes one for a moment. */
const hugeQueueMs = 400;
const longQueueMs = 200;
const lastingMs = 600;
/** It has drained: what is left is no longer than jitter. */
const shortQueueMs = 80;
/** The shortest and the longest pause of the pictures. */
const minPauseMs = 100;
const maxPauseMs = 8000;
/** A pause so soon after the last one lasts twice as long: each ends with a key frame, which all viewers pay for. */
const pauseAgainMs = 4000;
/** More was sent than the link bears until so long ago: it is one overload. */
const overloadGapMs = 1500;
/** What is sent beyond the estimate by less than this is but a measurement. */
const excessShare = 1.1;
/** What comes so soon after a probe is of its own making. */
const probeEchoMs = 2500;

/** When something may be tried again: later after each failure. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #waitMs = 0;
  #failedAt: number = Number.NEGATIVE_INFINITY;

  /** @param firstMs - How long to wait after the first failure; twice as long after each further one, up to `maxMs`. */
  constructor(firstMs: number, maxMs: number) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** True when it may be tried. */
  isOver(now: number): boolean {
    return now - this.#failedAt >= this.#waitMs;
  }

  /** It was tried in vain. */
  fail(now: number): void {
    this.#waitMs = Math.min(this.#maxMs, Math.max(this.#firstMs, this.#waitMs * 2));
    this.#failedAt = now;
  }

  /** It has turned out well: the next failure is the first again. */
  succeed(): void {
    this.#waitMs = 0;
  }
}

/** What a viewer's link has been through lately, as far as choosing depends on it. */
export class LinkRecord {
  #troubledAt: number = Number.NEGATIVE_INFINITY;
  #overloadedFrom: number = Number.NaN;
  #overloadedAt: number = Number.NEGATIVE_INFINITY;
  #queuedFrom: number = Number.NaN;
  #probedAt: number = Number.NEGATIVE_INFINITY;
  #paused = false;
  #pausedAt = 0;
  #pauseEnds: number = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;
  #pausesInARow = 0;

  /** Takes the estimate of this moment. */
  note(now: number, link: LinkEstimate): void {
    const { congested, queueMs, bitrate, sentBitrate } = link;
    if (link.probing) this.#probedAt = Math.max(this.#probedAt, now);
    if (congested) this.#troubledAt = now;
    const wasPaused = this.#paused;
    this.#noteQueue(now, queueMs ?? 0, congested);
    // In a pause it is what was sent before that arrives; and a probe is to be too much.
    if (wasPaused || link.silent || now - this.#probedAt < probeEchoMs) return;
    if (congested || (bitrate !== null && sentBitrate > bitrate * excessShare)) {
      if (now - this.#overloadedAt > overloadGapMs) this.#overloadedFrom = now;
      this.#overloadedAt = now;
    }
  }

  /** True while the queue in the network drains. */
  get paused(): boolean {
    return this.#paused;
  }

  /** How often the same rendition has made a queue that had to drain, each soon after the last. */
  get pausesInARow(): number {
    return this.#pausesInARow;
  }

  /** Ms since the link was congested last. */
  calmFor(now: number): number {
    return now - this.#troubledAt;
  }

  /** How long more has been sent than the link bears, short breaks included; 0 when it is not so now. */
  overloadedFor(now: number): number {
    return this.#overloadedAt === now ? now - this.#overloadedFrom : 0;
  }

  /** Something less is sent from now on: what was too much does not count any more, and what waits of it may drain. */
  noteFall(now: number, queueMs: number): void {
    this.#overloadedAt = Number.NEGATIVE_INFINITY;
    if (queueMs >= shortQueueMs && !this.#paused) this.#pause(now, queueMs);
    this.#pausesInARow = 0;
  }

  /** A probe runs until then. */
  noteProbe(until: number): void {
    this.#probedAt = until;
  }

  /** Something more is sent from now on. */
  noteRise(): void {
    this.#pausesInARow = 0;
    this.#overloadedAt = Number.NEGATIVE_INFINITY;
  }

  #noteQueue(now: number, queueMs: number, congested: boolean): void {
    if (this.#paused) {
      // What was sent just before the pause is heard of only after a while: the queue may be longer than was known.
      const drained = now >= this.#pauseEnds && queueMs < shortQueueMs;
      if (!drained && now - this.#pausedAt < maxPauseMs) return;
      this.#paused = false;
      this.#pauseEnds = now;
    }
    if (queueMs < longQueueMs) {
      this.#queuedFrom = Number.NaN;
      return;
    }
    if (Number.isNaN(this.#queuedFrom)) this.#queuedFrom = now;
    const isUrgent = congested && queueMs >= hugeQueueMs;
    if (isUrgent || now - this.#queuedFrom >= lastingMs) this.#pause(now, queueMs);
  }

  #pause(now: number, queueMs: number): void {
    // Nothing sent for as long as the queue is, and it is empty.
    const again = now - this.#pauseEnds < pauseAgainMs;
    const wanted = Math.max(minPauseMs, queueMs, again ? this.#pauseMs * 2 : 0);
    this.#pausesInARow = again ? this.#pausesInARow + 1 : 1;
    this.#pauseMs = Math.min(wanted, maxPauseMs);
    this.#paused = true;
    this.#pausedAt = now;
    this.#pauseEnds = now + this.#pauseMs;
    this.#queuedFrom = Number.NaN;
  }
}
