/** How often a peer is asked while an answer is waited for. */
const attempts = 4;

/** Lets callers wait for the next sign of a peer. */
export class SignsOfLife {
  readonly #waiting: Set<(alive: boolean) => void> = new Set();
  #closed = false;

  /** Something of the peer was heard. */
  note(): void {
    if (this.#waiting.size === 0) return;
    for (const settle of this.#waiting) settle(true);
  }

  /**
   * True as soon as a sign is noted, false after `timeoutMs` without one, or once closed.
   *
   * @param ask - Asks the peer for one; called now and again.
   */
  async wait(ask: () => void, timeoutMs: number): Promise<boolean> {
    if (this.#closed) return false;
    let settle = (_alive: boolean): void => undefined;
    const sign = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    this.#waiting.add(settle);
    ask();
    const repeat = setInterval(ask, timeoutMs / attempts);
    const limit = setTimeout(() => {
      settle(false);
    }, timeoutMs);
    const alive = await sign;
    clearInterval(repeat);
    clearTimeout(limit);
    this.#waiting.delete(settle);
    return alive;
  }

  /** Ends every wait. */
  close(): void {
    this.#closed = true;
    for (const settle of this.#waiting) settle(false);
  }
}
