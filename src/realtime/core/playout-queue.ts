import type { AudioData } from '../../media/audio-data.js';
import { Alarm } from './alarm.js';

/** Length of the pieces, ms. */
export const pieceMs = 20;
/** Emitted sound that waits; a handler is not asked for more while it is full. */
const fullMs = 30_000;
/** After a gap of so many ms sound begins anew, rather than hurrying after its old times. */
const gapMs = 200;
/** Dry for so long, ms, it is over: what is less than a piece comes out as well. */
const dryMs = 60;
/**
 * A piece that comes by itself so much before its time, ms, is not held back for that: what is made of a client's sound comes as
 * irregularly as that does, and the client's jitter buffer is made for it.
 */
const slackMs = 40;
/** A client hears sound about this much later than it was sent, ms: network, jitter buffer, loudspeaker. */
const heardLaterMs = 150;

/** What a {@link PlayoutQueue} does with its pieces. */
export interface PlayoutOptions {
  /** See `TransportLink.audioLeadMs`. */
  leadMs: number;
  /** A piece is due. Its timestamp is on the clock of `performance.now()`, in µs, and counts on by its length. */
  play: (piece: AudioData) => void;
  /** Whether less than a piece waits elsewhere for more. */
  holdsRest: () => boolean;
  /** Nothing has come for a while, and there is such a rest. */
  onDry: () => void;
}

/** Plays pieces of 20 ms in time: at once when that is now. Its one timer runs only while something waits. */
export class PlayoutQueue {
  readonly #options: PlayoutOptions;
  #pieces: AudioData[] = [];
  /** When the next piece is heard, ms. */
  #dueAt = -Infinity;
  readonly #alarm: Alarm;
  #closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(options: PlayoutOptions) {
    this.#options = options;
    this.#alarm = new Alarm(() => {
      if (this.#pieces.length > 0) this.#play();
      else if (options.holdsRest()) options.onDry();
    });
  }

  /** Milliseconds that wait here. */
  get queuedMs(): number {
    return this.#pieces.length * pieceMs;
  }

  /** True when no more should be made for now. */
  get full(): boolean {
    return this.queuedMs >= fullMs;
  }

  /** Puts pieces of 20 ms at the end; none when what has come is less than one. */
  push(pieces: readonly AudioData[]): void {
    if (this.#closed) return;
    for (const piece of pieces) this.#pieces.push(piece);
    if (this.#pieces.length > 0) this.#play();
    else this.#arm(performance.now());
  }

  /** Plays a piece of 20 ms if none waits and it is about its time; it stays the caller's. Gives false when it has to wait. */
  pass(piece: AudioData): boolean {
    const now = performance.now();
    if (this.#pieces.length > 0 || this.#closed || !this.#isDue(now, slackMs)) return false;
    this.#playOne(piece);
    this.#arm(now);
    return true;
  }

  /** Throws all away, and gives how many pieces that were. */
  clear(): number {
    const cleared = this.#pieces.length;
    this.#pieces = [];
    this.#dueAt = -Infinity;
    this.#alarm.cancel();
    this.#tell();
    return cleared;
  }

  /** Resolves at the next piece that is played or thrown away, and when closed. */
  change(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Milliseconds until all of it should have been heard; 0 when there is nothing. */
  get leftMs(): number {
    return Math.max(0, this.#dueAt + this.queuedMs + heardLaterMs - performance.now());
  }

  /** Throws all away; nothing more is taken. */
  close(): void {
    this.#closed = true;
    this.clear();
  }

  #play(): void {
    const now = performance.now();
    let played = 0;
    while (played < this.#pieces.length && this.#isDue(now)) {
      this.#playOne(this.#pieces[played] as AudioData);
      played += 1;
    }
    this.#pieces.splice(0, played);
    this.#arm(now);
    if (played > 0) this.#tell();
  }

  #isDue(now: number, earlyMs = 1): boolean {
    if (now - this.#dueAt > gapMs) this.#dueAt = now;
    // A timer may fire 1 ms early: by its own count it does not.
    return this.#dueAt <= now + earlyMs + this.#options.leadMs;
  }

  #playOne(piece: AudioData): void {
    this.#options.play(piece.at(Math.round(this.#dueAt * 1000)));
    this.#dueAt += pieceMs;
  }

  #arm(now: number): void {
    const { leadMs, holdsRest } = this.#options;
    if (this.#pieces.length > 0) this.#alarm.set(this.#dueAt - leadMs, now);
    else if (holdsRest()) this.#alarm.set(Math.max(this.#dueAt, now) + dryMs, now);
    else this.#alarm.cancel();
  }

  #tell(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
