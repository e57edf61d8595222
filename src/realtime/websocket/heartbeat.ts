/** A tick so much later than planned says that the process was busy, not that the far end is silent. */
const lateMs = 1000;

/** What a {@link Heartbeat} needs. */
export interface HeartbeatOptions {
  /** Between two pings. */
  intervalMs: number;
  /** So long without a sign of life and the far end is lost. */
  silenceMs: number;
  /** Sends a ping. */
  ping(): void;
  /** Called once, when nothing was heard for `silenceMs`; the heartbeat has ended then. */
  lost(): void;
}

/** Pings a far end and notices when it has gone silent. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #pinged: number;
  #heard: number;
  #due = 0;
  #closed = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#pinged = this.#heard = performance.now();
    this.#arm();
  }

  /** The far end has given a sign. */
  heard(): void {
    this.#heard = performance.now();
  }

  /** No more pings. Idempotent. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    // A ping may have been the end of it.
    if (this.#closed) return;
    const { intervalMs, silenceMs } = this.#options;
    this.#due = Math.min(this.#pinged + intervalMs, this.#heard + silenceMs);
    this.#timer = setTimeout(() => {
      this.#tick();
    }, this.#due - performance.now());
    this.#timer.unref();
  }

  #tick(): void {
    const { intervalMs, silenceMs } = this.#options;
    const now = performance.now();
    if (now - this.#due > lateMs) this.#heard = Math.max(this.#heard, now - intervalMs);
    // Timers may fire a fraction of a millisecond early.
    if (now + 1 >= this.#heard + silenceMs) {
      this.close();
      this.#options.lost();
      return;
    }
    if (now + 1 >= this.#pinged + intervalMs) {
      this.#pinged = now;
      this.#options.ping();
    }
    this.#arm();
  }
}
