import { createHook } from 'node:async_hooks';
import type { AsyncHook } from 'node:async_hooks';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';
import { workingFor } from '../handlers/context.js';
import type { HandlerConnection } from '../handlers/handler-connection.js';
import { ownWorkMs } from '../handlers/own-work.js';

/** Code of a handler that runs longer than this without letting others run, in ms, holds everybody up. */
export const blockingMs = 100;
/** How often the event loop is probed, and how often what was found is looked at, ms. */
const [probeMs, lookMs] = [50, 1000];
/** How long it is looked for who holds the loop up, and how soon after that again, ms. */
const [searchMs, restMs] = [5000, 60_000];

/** Told how long a handler's code ran, in ms. */
export type BlockReport = (ms: number) => void;

/**
 * Finds code that blocks the event loop after an `await`, where no caller can time it. While there are connections, a timer of
 * libuv's measures 20 times a second how late the loop is. Only when it was held up, each step of the process is timed for
 * 5 s, once a minute at most: 0.1 µs a step. Steps know whom they are made for, so nobody is named for what others do;
 * what blocks once, and not again within those 5 s, is not named.
 */
class BlockWatch {
  readonly #reports = new Map<HandlerConnection, BlockReport>();
  #delays: IntervalHistogram | null = null;
  #hook: AsyncHook | null = null;
  #lookAt = 0;
  #searchUntil = 0;
  #restUntil = 0;
  /** The step under way. */
  #step = { id: -1, began: 0, ownMs: 0 };

  /** Watches a connection's handler from now on. */
  add(connection: HandlerConnection, report: BlockReport): void {
    this.#reports.set(connection, report);
    if (this.#delays !== null) return;
    this.#delays = monitorEventLoopDelay({ resolution: probeMs });
    this.#delays.enable();
  }

  /** Ends that; the last ends the watch. */
  delete(connection: HandlerConnection): void {
    this.#reports.delete(connection);
    if (this.#reports.size > 0) return;
    this.#delays?.disable();
    this.#delays = null;
    this.#endSearch();
    this.#lookAt = 0;
    this.#restUntil = 0;
  }

  /** Looks at what was found since the last time; to be called often. */
  look(now: number): void {
    if (now < this.#lookAt || this.#delays === null) return;
    this.#lookAt = now + lookMs;
    const isLate = this.#delays.max > blockingMs * 1e6;
    this.#delays.reset();
    if (isLate && now > this.#restUntil) this.#search(now);
  }

  #search(now: number): void {
    this.#searchUntil = now + searchMs;
    this.#restUntil = now + restMs;
    this.#hook ??= createHook({
      before: (id) => {
        this.#step = { id, began: performance.now(), ownMs: ownWorkMs() };
      },
      after: (id) => this.#judge(id, performance.now()),
    });
    this.#hook.enable();
  }

  #judge(id: number, now: number): void {
    const { id: begun, began, ownMs } = this.#step;
    this.#step.id = -1;
    // Steps within steps are left out.
    const ms = id === begun ? now - began - (ownWorkMs() - ownMs) : 0;
    const connection = ms > blockingMs ? workingFor() : null;
    if (connection !== null) this.#reports.get(connection)?.(ms);
    if (now > this.#searchUntil) this.#endSearch();
  }

  #endSearch(): void {
    this.#hook?.disable();
    this.#hook = null;
  }
}

/** The process has one event loop. */
export const blockWatch: BlockWatch = new BlockWatch();
