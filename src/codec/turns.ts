/**
 * Lets asynchronous work on one FFmpeg context happen one piece at a time, in the order asked for:
 * FFmpeg's contexts must not be entered by two threads, nor freed while one is inside.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all earlier work has ended, well or badly; resolves or rejects as it does. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
