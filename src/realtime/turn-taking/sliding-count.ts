/** Counts how many of the last so many marks were true. */
export class SlidingCount {
  readonly #marks: Uint8Array;
  #next = 0;
  #count = 0;

  /** @param span - How many marks are remembered; at least 1. */
  constructor(span: number) {
    this.#marks = new Uint8Array(span);
  }

  /** How many are true. */
  get count(): number {
    return this.#count;
  }

  /** How many marks ago the oldest true one came: 1 is the newest, 0 there is none. */
  get oldest(): number {
    const span = this.#marks.length;
    for (let i = 0; i < span; i += 1) {
      if (this.#marks[(this.#next + i) % span] === 1) return span - i;
    }
    return 0;
  }

  /** Adds one; the oldest is forgotten. */
  push(mark: boolean): void {
    this.#count += Number(mark) - (this.#marks[this.#next] as number);
    this.#marks[this.#next] = Number(mark);
    this.#next = (this.#next + 1) % this.#marks.length;
  }

  /** Forgets all. */
  reset(): void {
    this.#marks.fill(0);
    this.#count = 0;
  }
}
