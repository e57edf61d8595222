/** How long a transform may take over one call, ms. */
export const patienceMs = 2000;

/** Stands for an answer that has not come in time. */
export const overdue: unique symbol = Symbol('overdue');

/** What a {@link Watchdog} tells. */
export interface WatchdogListener {
  /** A call has not been answered in time. */
  onOverdue: () => void;
  /** The overdue call has been answered, `ms` after it was watched first. */
  onAnswered: (ms: number) => void;
}

/** Waits for answers, but not for ever. */
export class Watchdog {
  readonly #listener: WatchdogListener;
  #overdue = 0;

  constructor(listener: WatchdogListener) {
    this.#listener = listener;
  }

  /** True while a call is overdue. */
  get hanging(): boolean {
    return this.#overdue > 0;
  }

  /**
   * The answer, or {@link overdue} when it takes more than {@link patienceMs}. Rejects as `answer`
   * does until then; what becomes of a late answer is the caller's.
   */
  wait<T>(answer: Promise<T>): Promise<T | typeof overdue> {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        this.#overdue += 1;
        this.#listener.onOverdue();
        resolve(overdue);
      }, patienceMs);
      const answered = (): void => {
        clearTimeout(timer);
        if (!late) return;
        this.#overdue -= 1;
        this.#listener.onAnswered(performance.now() - began);
      };
      // First, so that whoever waits finds it answered.
      void answer.then(answered, answered);
      answer.then(resolve, reject);
    });
  }
}
