import { Mailbag } from './mailbag.js';
import { counterOf, untaken } from './protocol.js';
import type { HostReport } from './protocol.js';

/**
 * What the main thread may have waiting of what viewers cause as they like: messages, requests for key frames. When
 * it is busy for longer, the rest is left out.
 */
const maxWaiting = 1000;

type EventReport = Extract<HostReport, { kind: 'event' }>;

/** A worker's way to the main thread: what must arrive does, all else only while the main thread keeps up. */
export class Uplink {
  readonly #bag: Mailbag<HostReport>;
  readonly #counters: Int32Array;
  #events = 0;
  #stats = 0;

  constructor(post: (reports: HostReport[]) => void, counters: Int32Array) {
    this.#bag = new Mailbag(post);
    this.#counters = counters;
  }

  /** Tells what must arrive; of each viewer there is little. */
  tell(report: HostReport): void {
    this.#bag.push(report);
  }

  /** Tells what becomes of a viewer. */
  tellEvent(report: EventReport): void {
    if (isOptional(report)) {
      if (untaken(this.#events, this.#counters, counterOf.events) >= maxWaiting) return;
      this.#events = (this.#events + 1) | 0;
    }
    this.#bag.push(report);
  }

  /** Tells statistics, unless the last ones have not been looked at yet. */
  tellStats(make: () => Extract<HostReport, { kind: 'stats' }>): void {
    if (untaken(this.#stats, this.#counters, counterOf.stats) > 0) return;
    this.#stats = (this.#stats + 1) | 0;
    this.#bag.push(make());
  }
}

/** True for what may be left out; the main thread counts it when it takes it. */
export function isOptional({ event }: EventReport): boolean {
  return event.kind === 'message' || event.kind === 'keyframerequest' || event.kind === 'limit';
}
