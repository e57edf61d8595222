import { Mailbag } from './mailbag.js';
import { counterOf, untaken } from './protocol.js';
import type { HostReport } from './protocol.js';

/**
 * What the main thread may have waiting of what viewers cause as they like: messages, requests for key frames. When
 * it is busy for longer, the rest is left out.
 */
const maxWaiting = 1000;

type EventReport = Extract<HostReport, { kind: 'event' }>;

/**
 * A worker's way to the main thread: what must arrive does, of limits the newest of each viewer, all else only while the main thread
 * keeps up.
 */
export class Uplink {
  readonly #bag: Mailbag<HostReport>;
  readonly #counters: Int32Array;
  /** To be told when there is room: each is told once only. */
  readonly #limits: Map<string, EventReport> = new Map();
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
    const { viewer, event } = report;
    if (event.kind === 'limit' || event.kind === 'closed') this.#limits.delete(viewer);
    if (!isOptional(report)) this.#bag.push(report);
    else if (this.#hasRoom()) this.#pushOptional(report);
    else if (event.kind === 'limit') this.#limits.set(viewer, report);
  }

  /** Tells statistics, unless the last ones have not been looked at yet; and what had to wait. To be called now and again. */
  tellStats(make: () => Extract<HostReport, { kind: 'stats' }>): void {
    for (const [viewer, limit] of this.#limits) {
      if (!this.#hasRoom()) break;
      this.#limits.delete(viewer);
      this.#pushOptional(limit);
    }
    if (untaken(this.#stats, this.#counters, counterOf.stats) > 0) return;
    this.#stats = (this.#stats + 1) | 0;
    this.#bag.push(make());
  }

  #hasRoom(): boolean {
    return untaken(this.#events, this.#counters, counterOf.events) < maxWaiting;
  }

  #pushOptional(report: EventReport): void {
    this.#events = (this.#events + 1) | 0;
    this.#bag.push(report);
  }
}

/** True for what may be left out; the main thread counts it when it takes it. */
export function isOptional({ event }: EventReport): boolean {
  if (event.kind === 'message' || event.kind === 'limit') return true;
  // A stream begins for a viewer that joins at its first request; what follows it repeats.
  return (
    event.kind === 'keyframerequest' && event.reason !== 'joining' && event.reason !== 'joined'
  );
}
