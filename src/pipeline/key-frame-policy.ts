/**
 * Why a key frame is wanted: a viewer has just connected and sees nothing; it has lost its picture (PLI, FIR); or it
 * comes from another rendition, which it sees until then.
 */
export type KeyFrameReason = 'join' | 'loss' | 'switch';

/** For so long after a key frame, in ms, it may still be on its way: nobody can have missed it yet. */
const travelMs = 100;
/** Viewers that lost their picture get a key frame at most this often, in ms. */
const lossIntervalMs = 500;
/** Viewers that join get theirs at most this often, in ms; those who come together share one. */
const joinIntervalMs = 150;
/** Viewers that come from another rendition get theirs at most this often, in ms. */
const switchIntervalMs = 300;

/**
 * A key frame that one viewer needs costs all the others quality, so each has some of its own, and gets a new one every so often, in
 * ms: enough for a bad link, and little for who does nothing but ask.
 */
const lossAllowance = 4;
const allowanceMs = 4000;

const intervals: Record<KeyFrameReason, number> = {
  join: joinIntervalMs,
  loss: lossIntervalMs,
  switch: switchIntervalMs,
};

/**
 * Decides when to encode a key frame, so that a hundred requests cost one and no honest one is
 * forgotten.
 *
 * A request that can be answered by the key frame just sent is dropped: it came while that frame
 * was on its way, or from a viewer who had asked before and was answered by it. Another viewer's
 * is put off to the end of the interval.
 */
export class KeyFramePolicy {
  readonly #now: () => number;
  readonly #asked = new Set<string>();
  readonly #answered = new Set<string>();
  /** When each viewer who lost its picture lately has its whole allowance again. */
  readonly #restoredAt = new Map<string, number>();
  #dueAt = 0;
  #lastAt = -Infinity;

  /** @param now - A clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** True when the next picture should be a key frame. */
  get due(): boolean {
    return this.dueInMs <= 0;
  }

  /** Ms until the next picture should be a key frame; `Infinity` when nobody waits for one. */
  get dueInMs(): number {
    return this.#dueAt - this.#now();
  }

  /** Notes that `viewer` (by its id) wants a key frame. */
  request(reason: KeyFrameReason, viewer: string): void {
    let earliest = this.#lastAt + intervals[reason];
    if (reason === 'loss') {
      const since = this.#now() - this.#lastAt;
      if (since < travelMs || this.#asked.has(viewer)) return;
      if (since < lossIntervalMs && this.#answered.has(viewer)) return;
      earliest = Math.max(earliest, this.#spend(viewer));
    }
    this.#asked.add(viewer);
    this.#dueAt = Math.min(this.#dueAt, earliest);
  }

  /** Takes one of the viewer's key frames; returns from when on it may have it. */
  #spend(viewer: string): number {
    const restoredAt = Math.max(this.#restoredAt.get(viewer) ?? 0, this.#now()) + allowanceMs;
    this.#restoredAt.set(viewer, restoredAt);
    return restoredAt - lossAllowance * allowanceMs;
  }

  /** The next picture is a key frame, however short ago the last one was: nobody has watched since. */
  restart(): void {
    this.#dueAt = -Infinity;
  }

  /** Forgets a viewer that left. */
  forget(viewer: string): void {
    this.#asked.delete(viewer);
    this.#answered.delete(viewer);
    this.#restoredAt.delete(viewer);
  }

  /** Notes that a key frame went out: all requests until now are answered. */
  sent(): void {
    this.#answered.clear();
    for (const viewer of this.#asked) this.#answered.add(viewer);
    this.#asked.clear();
    this.#lastAt = this.#now();
    this.#dueAt = Infinity;
  }
}
