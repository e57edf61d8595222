/**
 * Reports a fault that may come with every frame: the first at once, then at most one a second, with
 * the number of those left out.
 */
export class LogLimit {
  readonly #report: (suppressed: number, last: unknown) => void;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #suppressed = 0;
  #last: unknown;

  /** @param intervalMs - Default 1000. */
  constructor(report: (suppressed: number, last: unknown) => void, intervalMs: number = 1000) {
    this.#report = report;
    this.#intervalMs = intervalMs;
  }

  /** Notes one fault. */
  note(fault: unknown): void {
    if (this.#timer !== undefined) {
      this.#suppressed += 1;
      this.#last = fault;
      return;
    }
    this.#report(0, fault);
    this.#arm();
  }

  /** Ends the timer; what is still suppressed is reported. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flush();
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#flush()) this.#arm();
    }, this.#intervalMs);
    this.#timer.unref();
  }

  #flush(): boolean {
    if (this.#suppressed === 0) return false;
    // The reported one stands for itself, the others are the suppressed.
    this.#report(this.#suppressed - 1, this.#last);
    this.#suppressed = 0;
    this.#last = undefined;
    return true;
  }
}
