/** Lets one loop sleep until it is woken or a time is up. */
export class Waker {
  #wake: (() => void) | undefined;
  #closed = false;

  /** Ends the sleep under way, if there is one. */
  wake(): void {
    this.#wake?.();
  }

  /** Resolves after `ms`, which may be `Infinity`, at `wake()`, or at once when closed. */
  sleep(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = ms === Infinity ? undefined : setTimeout(wake, ms);
      this.#wake = wake;
    });
  }

  /** Ends the sleep, and all that follow at once. */
  close(): void {
    this.#closed = true;
    this.wake();
  }
}
