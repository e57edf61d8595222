/** The newest inputs of a connection, and who waits for the next. */
export class Inputs {
  #latest: readonly unknown[] | null = null;
  readonly #waiting = new Set<(args: readonly unknown[]) => void>();

  /** `null` before the first. */
  get latest(): readonly unknown[] | null {
    return this.#latest;
  }

  /** Takes new ones. */
  set(args: readonly unknown[]): void {
    this.#latest = [...args];
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const give of waiting) give(this.#latest);
  }

  /**
   * The next that come.
   *
   * @param timeoutMs - `Infinity` waits for ever. @param late - Makes what is thrown then.
   * @throws `signal.reason` of the first signal that aborts.
   */
  next(
    timeoutMs: number,
    signals: readonly AbortSignal[],
    late: () => Error,
  ): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(give);
        for (const signal of signals) signal.removeEventListener('abort', abort);
      };
      const give = (args: readonly unknown[]): void => {
        stop();
        resolve(args);
      };
      const abort = (): void => {
        const aborted = signals.find((signal) => signal.aborted);
        if (aborted === undefined) return;
        stop();
        // The reason is whatever the caller chose.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(aborted.reason);
      };
      this.#waiting.add(give);
      for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
      if (timeoutMs !== Infinity) {
        timer = setTimeout(() => {
          stop();
          reject(late());
        }, timeoutMs);
      }
      abort();
    });
  }
}
