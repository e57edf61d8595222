import { OutputLog } from './output-log.js';

/** How long outputs can still be read after the end of their connection, ms. */
const outputsKeptMs = 30_000;
/** Ended connections whose outputs are kept; the oldest goes. */
const mostEnded = 1000;

/** The outputs of all connections, by id; of ended ones for 30 s. */
export class OutputStore {
  readonly #logs = new Map<string, OutputLog>();
  /** In the order of their ends. */
  readonly #ended = new Map<OutputLog, { id: string; at: number }>();
  #timer: NodeJS.Timeout | undefined;

  /** A log for a new connection; its numbers follow those of the last one with this id. */
  open(id: string): OutputLog {
    const last = this.#logs.get(id);
    const log = new OutputLog(last?.newest);
    if (last) this.#ended.delete(last);
    this.#logs.set(id, log);
    return log;
  }

  /** The log of that id; never makes one. */
  get(id: string): OutputLog | undefined {
    return this.#logs.get(id);
  }

  /** The connection has ended: its log is kept for a while. */
  end(id: string, log: OutputLog): void {
    log.end();
    // Another connection may have the id by now.
    if (this.#logs.get(id) !== log) return;
    this.#ended.set(log, { id, at: performance.now() });
    if (this.#ended.size > mostEnded) this.#forgetOldest();
    this.#arm();
  }

  /** The place was given back before there was a connection. */
  discard(id: string, log: OutputLog): void {
    log.end();
    if (this.#logs.get(id) === log) this.#logs.delete(id);
  }

  /** Ends and forgets all. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const log of this.#logs.values()) log.end();
    this.#logs.clear();
    this.#ended.clear();
  }

  #arm(): void {
    const oldest = this.#ended.values().next().value;
    if (this.#timer !== undefined || oldest === undefined) return;
    const sweep = (): void => {
      this.#timer = undefined;
      const now = performance.now();
      for (const { at } of this.#ended.values()) {
        if (at + outputsKeptMs > now) break;
        this.#forgetOldest();
      }
      this.#arm();
    };
    this.#timer = setTimeout(sweep, Math.ceil(oldest.at + outputsKeptMs - performance.now()));
    this.#timer.unref();
  }

  #forgetOldest(): void {
    const oldest = this.#ended.entries().next().value;
    if (oldest === undefined) return;
    const [log, { id }] = oldest;
    this.#ended.delete(log);
    if (this.#logs.get(id) === log) this.#logs.delete(id);
  }
}
