const windowMs = 2000;

/** Counts events per second over the last two seconds. */
export class RateMeter {
  readonly #now: () => number;
  #times: number[] = [];

  /** @param now - A clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes one event. */
  mark(): void {
    const now = this.#now();
    this.#times.push(now);
    if (this.#times.length > 512) this.#trim(now);
  }

  /** Events per second; 0 before the second one. */
  get rate(): number {
    this.#trim(this.#now());
    const first = this.#times[0];
    const last = this.#times.at(-1);
    if (first === undefined || last === undefined || last <= first) return 0;
    return ((this.#times.length - 1) * 1000) / (last - first);
  }

  #trim(now: number): void {
    const start = this.#times.findIndex((time) => now - time <= windowMs);
    this.#times = start === -1 ? [] : this.#times.slice(start);
  }
}
