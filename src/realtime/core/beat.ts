/** Calls all who listen now and then, by one timer for all of them: to wake an idle process costs more than the calls. */
export class Beat {
  readonly #intervalMs: number;
  readonly #listeners: Set<() => void> = new Set();
  #timer: NodeJS.Timeout | undefined;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** From now on calls `listener`, which must not throw; nothing new for one that listens already. */
  add(listener: () => void): void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#tick(), this.#intervalMs);
  }

  /** Calls it no more; leaves no timer behind the last. */
  delete(listener: () => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** For what has to notice that sound has stopped: ten times a second, for all connections of the process. */
export const soundBeat: Beat = new Beat(100);
