/** Marks that Twilio has not answered yet; more are not waited for. */
const maxPending = 64;

/** Names the places in the sound that the telephone shall report when it has played so far. */
export class PlayMarks {
  readonly #pending: Set<string> = new Set();
  #count = 0;
  #waiting: (() => void)[] = [];

  /** A name for a mark that is sent now. */
  next(): string {
    this.#count += 1;
    const name = `framegear-${this.#count}`;
    if (this.#pending.size >= maxPending) this.#pending.delete([...this.#pending][0] as string);
    this.#pending.add(name);
    return name;
  }

  /** The telephone has played up to the mark, or thrown it away; names that are not ours do nothing. */
  reached(name: string): void {
    if (this.#pending.delete(name) && this.#pending.size === 0) this.close();
  }

  /** True when all is played. */
  get allReached(): boolean {
    return this.#pending.size === 0;
  }

  /** Resolves when all is played, or at `close()`. */
  whenAllReached(): Promise<void> {
    if (this.allReached) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Lets go of who waits. */
  close(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
