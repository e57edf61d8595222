/** A stream with packets that wait. */
export interface PacedStream {
  /** Sends what may leave by now; false when nothing waits any more. Must not throw. */
  advance(nowMs: number): boolean;
}

/** Time between two slices. */
const sliceMs = 1;
/** After that much work at a time, the network and everything else have a turn. */
const turnMs = 4;

/** Lets packets of all streams of a thread leave in slices, by one timer that runs only while some wait. */
export class Pacer {
  readonly #streams: Set<PacedStream> = new Set();
  /** True while a turn is due. */
  #due = false;

  /** Calls on `stream` until it is done. */
  add(stream: PacedStream): void {
    this.#streams.add(stream);
    if (this.#due) return;
    this.#due = true;
    setTimeout(this.#turn, sliceMs);
  }

  /** Calls on it no more. */
  remove(stream: PacedStream): void {
    this.#streams.delete(stream);
  }

  readonly #turn = (): void => {
    this.#due = false;
    const startedAt = performance.now();
    let now = startedAt;
    // Who is called on goes to the end of the line.
    for (let left = this.#streams.size; left > 0; left--) {
      const stream = this.#streams.values().next().value as PacedStream;
      this.#streams.delete(stream);
      if (stream.advance(now)) this.#streams.add(stream);
      now = performance.now();
      if (now - startedAt < turnMs || left === 1) continue;
      this.#due = true;
      setImmediate(this.#turn);
      return;
    }
    if (this.#streams.size === 0 || this.#due) return;
    this.#due = true;
    setTimeout(this.#turn, sliceMs);
  };
}

/** The pacer of this thread. */
export const sharedPacer: Pacer = new Pacer();
