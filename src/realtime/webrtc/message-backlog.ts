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

  /** Forgets what waits. */
  close(): void {
    this.#open = false;
    this.#waiting = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
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
  }
}
