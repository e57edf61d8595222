/** What a far end is still playing of the sound it was sent, reckoned by the clock. */
export class Playhead {
  #until = 0;

  /** So much sound was sent. */
  add(durationMs: number): void {
    this.#until = Math.max(this.#until, performance.now()) + durationMs;
  }

  /** The far end has thrown its sound away. */
  clear(): void {
    this.#until = 0;
  }

  /** Milliseconds until it is silent. */
  get remainingMs(): number {
    return Math.max(0, this.#until - performance.now());
  }
}
