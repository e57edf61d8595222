/** Messages that wait for the channel; the oldest goes. */
const capacity = 64;
/** How often a full channel is tried again, in ms. */
const retryMs = 50;

/** Text on its way to a data channel that is not open yet, or full. */
export class MessageBacklog {
  readonly #send: (text: string) => boolean;
  #waiting: string[] = [];
  #open = false;
  #timer: NodeJS.Timeout | null = null;
  /** Told when nothing waits any more. */
  readonly #drained: Set<() => void> = new Set();

  /** @param send - Hands text to the channel; false when it cannot take it now. */
  constructor(send: (text: string) => boolean) {
    this.#send = send;
  }

  /** Messages that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Sends text, now or when the channel takes it; in order. */
  send(text: string): void {
    this.#waiting.push(text);
    if (this.#waiting.length > capacity) this.#waiting.shift();
    if (this.#open) this.#flush();
  }

  /** The channel is open. */
  open(): void {
    this.#open = true;
    this.#flush();
  }

  /** Resolves when nothing waits any more, once closed, and after `timeoutMs` at the latest. */
  drained(timeoutMs: number): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(), timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        this.#drained.delete(done);
        resolve();
      };
      this.#drained.add(done);
    });
  }

  /** Forgets what waits. */
  close(): void {
    this.#open = false;
    this.#waiting = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#tellDrained();
  }

  #flush(): void {
    if (this.#timer !== null) return;
    while (this.#waiting.length > 0) {
      if (!this.#send(this.#waiting[0] as string)) {
        this.#timer = setTimeout(() => {
          this.#timer = null;
          this.#flush();
        }, retryMs);
        return;
      }
      this.#waiting.shift();
    }
    this.#tellDrained();
  }

  #tellDrained(): void {
    for (const done of [...this.#drained]) done();
  }
}
