import type { EncodedVideoChunk } from '../media/encoded-video-chunk.js';

/** One group says little: the last of a file, or one that a cut has ended, may be a key frame and nothing else. ms. */
const leastMs = 1000;
/** What was before is forgotten, ms. */
const windowMs = 5000;
/** Figures are others when one differs by more than this part: each change is told to all viewers. */
const step = 0.25;

/** Measures compressed pictures that come in groups, each of which begins with a key frame. */
export class GroupMeter {
  #open: { startedAt: number; bytes: number } | null = null;
  #groups: { ms: number; bytes: number }[] = [];
  #bitrate: number | null = null;
  #keyFrameMs: number | null = null;

  /** Bits per second of the last groups; `null` until known. */
  get bitrate(): number | null {
    return this.#bitrate;
  }

  /** The longest time between key frames lately, ms; `null` until known. */
  get keyFrameMs(): number | null {
    return this.#keyFrameMs;
  }

  /** Counts a picture. @returns True when the figures are others now. */
  note({ type, timestamp, byteLength }: EncodedVideoChunk): boolean {
    let changed = false;
    if (type === 'key') {
      if (this.#open !== null) changed = this.#ended(this.#open, timestamp);
      this.#open = { startedAt: timestamp, bytes: 0 };
    }
    if (this.#open !== null) this.#open.bytes += byteLength;
    return changed;
  }

  /** What comes next does not continue what came before. */
  interrupt(): void {
    this.#open = null;
  }

  /** Forgets all. */
  reset(): void {
    this.interrupt();
    this.#groups = [];
    this.#bitrate = this.#keyFrameMs = null;
  }

  #ended({ startedAt, bytes }: { startedAt: number; bytes: number }, now: number): boolean {
    const ms = (now - startedAt) / 1000;
    if (ms <= 0) return false;
    this.#groups.push({ ms, bytes });
    while (this.#totalMs(1) >= windowMs) this.#groups.shift();
    const totalMs = this.#totalMs(0);
    if (Math.round(totalMs) < leastMs) return false;
    const total = this.#groups.reduce((sum, group) => sum + group.bytes, 0);
    const bitrate = Math.round((total * 8000) / totalMs);
    const keyFrameMs = Math.round(Math.max(...this.#groups.map((group) => group.ms)));
    if (isNear(bitrate, this.#bitrate) && isNear(keyFrameMs, this.#keyFrameMs)) return false;
    this.#bitrate = bitrate;
    this.#keyFrameMs = keyFrameMs;
    return true;
  }

  #totalMs(from: number): number {
    return this.#groups.slice(from).reduce((sum, { ms }) => sum + ms, 0);
  }
}

function isNear(value: number, known: number | null): boolean {
  return known !== null && Math.abs(value - known) <= known * step;
}
