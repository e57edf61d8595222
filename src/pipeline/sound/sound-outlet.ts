import type { EncodedAudioChunk } from '../../media/encoded-audio-chunk.js';

/** Most packets that wait for their time: 5 s. */
const maxHeld = 250;
/** Sound that comes later than this, ms, is of no use. */
const maxLateMs = 2000;

/** Lets each packet out when it is due, since a receiver hurries through sound that comes early. */
export class SoundOutlet {
  readonly #write: (chunk: EncodedAudioChunk) => void;
  readonly #now: () => number;
  readonly #held: EncodedAudioChunk[] = [];
  #timer: NodeJS.Timeout | undefined;
  #delayMs = 0;
  #dropped = 0;

  /**
   * @param write - Takes a packet that is due.
   * @param now - The stream's clock, in ms.
   */
  constructor(write: (chunk: EncodedAudioChunk) => void, now: () => number) {
    this.#write = write;
    this.#now = now;
  }

  /** Packets that came too late, or too many at once. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How much later than its time sound is let out, ms; what waits follows. Default 0. */
  get delayMs(): number {
    return this.#delayMs;
  }

  set delayMs(delayMs: number) {
    this.#delayMs = delayMs;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#arm();
  }

  /** Takes a packet; those before it have gone or go first. */
  put(chunk: EncodedAudioChunk): void {
    const earlyMs = this.#earlyMs(chunk);
    if (earlyMs < -maxLateMs || this.#held.length >= maxHeld) {
      this.#dropped += 1;
      return;
    }
    if (earlyMs <= 0 && this.#held.length === 0) {
      this.#write(chunk);
      return;
    }
    this.#held.push(chunk);
    this.#arm();
  }

  /** Forgets what waits. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held.length = 0;
  }

  #arm(): void {
    const [next] = this.#held;
    if (this.#timer !== undefined || next === undefined) return;
    this.#timer = setTimeout(() => this.#release(), Math.ceil(Math.max(0, this.#earlyMs(next))));
  }

  #earlyMs({ timestamp }: EncodedAudioChunk): number {
    return timestamp / 1000 + this.#delayMs - this.#now();
  }

  #release(): void {
    this.#timer = undefined;
    let due = 0;
    while (due < this.#held.length && this.#earlyMs(this.#held[due] as EncodedAudioChunk) <= 0) {
      due += 1;
    }
    for (const chunk of this.#held.splice(0, due)) this.#write(chunk);
    this.#arm();
  }
}
