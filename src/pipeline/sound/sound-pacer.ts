import type { AudioData } from '../../media/audio-data.js';
import { sleep } from '../../util/sleep.js';

/** How long before its time a piece is taken that could be had at any time, µs: for transform and encoder. */
const leadUs = 60_000;
/** Sound that could be had at any time and is later than this, µs, begins anew. */
const starvedUs = 500_000;
/** Sound that keeps time itself and is off by more than this, µs, for a whole window, is put right at once. */
const resyncUs = 60_000;
/** Over so long, µs, the least delay of a source that keeps time itself is looked for. */
const windowUs = 1_000_000;
/** Most that times are moved by, of a piece's length: nobody hears it. */
const maxSlew = 0.005;
/** A longer gap in the stated times, µs, is a fault of theirs. */
const maxGapUs = 10_000_000;

/** How a source of sound keeps time: as `SourceInfo.pacing`. */
export type SoundPacing = 'timestamp' | 'arrival' | 'auto';

/**
 * Gives each piece of a source of its own its time on the stream's clock. A source that keeps time itself is
 * followed, with what its clock strays smoothed out; any other is held back.
 */
export class SoundPacer {
  readonly #pacing: SoundPacing;
  readonly #now: () => number;
  /** Where the next piece belongs, on the stream's clock, µs. */
  #dueUs: number | null = null;
  /** The next piece's stated time, if there is no gap. */
  #statedUs = 0;
  /** Least lateness in this window and in the one before; where this one ends. */
  #late = Infinity;
  #lateBefore = Infinity;
  #windowEndUs = 0;

  /** @param now - The stream's clock, in ms. */
  constructor(pacing: SoundPacing, now: () => number) {
    this.#pacing = pacing;
    this.#now = now;
  }

  /**
   * Waits until the piece is wanted.
   *
   * @param readMs - How long the source took to deliver it.
   * @returns Its time on the stream's clock, µs.
   */
  async wait(audio: AudioData, readMs: number, signal: AbortSignal): Promise<number> {
    const { duration } = audio;
    const nowUs = this.#now() * 1000;
    const keepsTime = this.#keepsTime(readMs, duration);
    // What has just been recorded began as long ago as it lasts.
    const arrivedUs = keepsTime ? nowUs - duration : nowUs;
    let due = this.#due(audio) ?? arrivedUs;
    if (keepsTime) due += this.#correction(arrivedUs - due, nowUs, duration);
    else if (arrivedUs - due > starvedUs) due = arrivedUs;
    const early = due - nowUs;
    if (this.#pacing !== 'arrival' && early > leadUs) await sleep((early - leadUs) / 1000, signal);
    this.#dueUs = due + duration;
    return Math.round(due);
  }

  #keepsTime(readMs: number, durationUs: number): boolean {
    if (this.#pacing === 'auto') return readMs * 1000 > durationUs / 2;
    return this.#pacing === 'arrival';
  }

  #due({ timestamp, duration }: AudioData): number | null {
    const gap = timestamp - this.#statedUs;
    this.#statedUs = timestamp + duration;
    if (this.#dueUs === null) return null;
    return gap > resyncUs && gap < maxGapUs ? this.#dueUs + gap : this.#dueUs;
  }

  /** By how much to move a piece, µs: lateness counts only where no piece of a window came earlier. */
  #correction(late: number, nowUs: number, duration: number): number {
    this.#late = Math.min(this.#late, late);
    if (nowUs >= this.#windowEndUs) {
      this.#lateBefore = this.#windowEndUs === 0 ? Infinity : this.#late;
      this.#late = Infinity;
      this.#windowEndUs = nowUs + windowUs;
    }
    const least = this.#lateBefore;
    if (least === Infinity) return 0;
    const most = duration * maxSlew;
    const move = Math.abs(least) > resyncUs ? least : Math.max(-most, Math.min(most, least));
    this.#lateBefore -= move;
    this.#late -= move;
    return move;
  }
}
