import type { AdditionalOutputs } from '../handlers/outputs.js';

/** Outputs with their number in the connection's row; the number is the `id` of a server-sent event. */
export interface OutputEvent {
  /** Rises by 1; an id that is used again counts on. */
  readonly id: number;
  /** What the handler gave. */
  readonly outputs: AdditionalOutputs;
}

/** Outputs kept for readers. */
const keptOutputs = 1000;

/** The newest outputs of one connection, the oldest go first. */
export class OutputLog {
  #events: OutputEvent[] = [];
  #newest: number;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  /** @param after - Numbers begin after this one. */
  constructor(after = 0) {
    this.#newest = after;
  }

  /** The number given last. */
  get newest(): number {
    return this.#newest;
  }

  /** True when no more will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Puts one in. */
  add(outputs: AdditionalOutputs): void {
    if (this.#ended) return;
    this.#newest += 1;
    this.#events.push({ id: this.#newest, outputs });
    if (this.#events.length > keptOutputs) this.#events.shift();
    this.#wake();
  }

  /** No more will come; what is kept can still be read. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The first kept one after number `id`. */
  after(id: number): OutputEvent | undefined {
    const first = this.#events[0];
    return first && this.#events[Math.max(0, id + 1 - first.id)];
  }

  /** Calls `wake` once, at the next change. Gives a function that takes it back. */
  onChange(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
