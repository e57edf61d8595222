import type { LinkEstimate } from '../link-estimate.js';

/** What a {@link PaddingProbe} sends through. */
export interface PaddingPort {
  /** Bytes sent so far, padding included. */
  bytesSent(): number;
  /** Sends about so many bytes that mean nothing; nothing where the peer takes none. */
  sendPadding(bytes: number): void;
}

/** A short burst is sent in steps of this; a long climb, which need not be even, in longer ones. */
const burstStepMs = 5;
const climbStepMs = 20;
/** Less than a packet is not worth sending. */
const leastBytes = 300;
/** What a peer that estimates for itself is sent beyond its estimate: it raises that no further beyond what comes. */
const beyondEstimate = 1.3;

/**
 * Sends padding beside the pictures, up to a bitrate, to find out whether the link bears it. One at a time; its timer runs
 * no longer than the probe.
 */
export class PaddingProbe {
  readonly #port: PaddingPort;
  #timer: NodeJS.Timeout | null = null;

  constructor(port: PaddingPort) {
    this.#port = port;
  }

  /** True while padding is sent. */
  get running(): boolean {
    return this.#timer !== null;
  }

  /** Sends at a bitrate, pictures included, for a time. */
  burst(bitrate: number, ms: number): void {
    const startedAt = performance.now();
    const before = this.#port.bytesSent();
    this.#run(burstStepMs, () => {
      const elapsed = Math.min(performance.now() - startedAt, ms);
      const due = (elapsed * bitrate) / 8000 - (this.#port.bytesSent() - before);
      if (due >= leastBytes) this.#port.sendPadding(Math.round(due));
      if (elapsed >= ms) this.stop();
    });
  }

  /**
   * Sends ever more, a little beyond the peer's own estimate, until that has reached a bitrate.
   *
   * @param link - As it is at each moment. The climb ends when it gets congested, too.
   * @param ms - The longest that it may take.
   */
  climb(bitrate: number, ms: number, link: () => LinkEstimate): void {
    const startedAt = performance.now();
    let at = startedAt;
    let before = this.#port.bytesSent();
    let owed = 0;
    this.#run(climbStepMs, () => {
      const now = performance.now();
      const { bitrate: estimate, congested } = link();
      if (congested || estimate === null || estimate >= bitrate || now - startedAt > ms) {
        this.stop();
        return;
      }
      const sent = this.#port.bytesSent();
      const rate = Math.min(bitrate, estimate * beyondEstimate);
      owed = Math.max(0, owed + ((now - at) * rate) / 8000 - (sent - before));
      at = now;
      before = sent;
      if (owed >= leastBytes) this.#port.sendPadding(Math.round(owed));
    });
  }

  /** Ends it. A second call does nothing. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #run(stepMs: number, step: () => void): void {
    this.stop();
    this.#timer = setInterval(step, stepMs);
  }
}
