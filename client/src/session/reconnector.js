import { Backoff } from '../backoff.js';
import { toFault } from '../fault.js';

/**
 * How long a server may take to notice that the connection before this one is lost; until then it refuses the id, and
 * counts its place.
 */
const ghostMs = 30_000;

/**
 * @typedef {object} ReconnectorHooks
 * @property {() => Promise<void>} tryAgain
 * @property {(fault: import('../fault.js').StreamFault, retryAt: number | null) => void} waiting `null`: trying now.
 * @property {(fault: import('../fault.js').StreamFault) => void} gaveUp
 */

/** Tries again and again after a loss, with growing pauses, until it works or trying cannot help. */
export class Reconnector {
  #hooks;
  #backoff = new Backoff();
  #timer = 0;
  #lostAt = 0;
  #stopped = false;
  /** @type {import('../fault.js').StreamFault | null} Set while a try is planned. */
  #fault = null;

  /** @param {ReconnectorHooks} hooks */
  constructor(hooks) {
    this.#hooks = hooks;
  }

  /** @param {import('../fault.js').StreamFault} fault What was lost, and why. */
  start(fault) {
    this.#lostAt = performance.now();
    this.#backoff.reset();
    this.#plan(fault);
  }

  /** Makes the planned try now, if there is one. */
  nudge() {
    if (this.#fault) void this.#try(this.#fault);
  }

  stop() {
    this.#stopped = true;
    this.#fault = null;
    clearTimeout(this.#timer);
  }

  /** @param {import('../fault.js').StreamFault} fault */
  #plan(fault) {
    const wait = this.#backoff.next();
    this.#fault = fault;
    this.#hooks.waiting(fault, performance.now() + wait);
    this.#timer = setTimeout(() => void this.#try(fault), wait);
  }

  /** @param {import('../fault.js').StreamFault} lastFault */
  async #try(lastFault) {
    clearTimeout(this.#timer);
    this.#fault = null;
    this.#hooks.waiting(lastFault, null);
    try {
      await this.#hooks.tryAgain();
    } catch (error) {
      if (this.#stopped) return;
      const fault = toFault(error);
      const isOurGhost =
        (fault.code === 'already-exists' || fault.code === 'limit-reached') &&
        performance.now() - this.#lostAt < ghostMs;
      if (fault.retryable || isOurGhost) this.#plan(isOurGhost ? lastFault : fault);
      else this.#hooks.gaveUp(fault);
    }
  }
}
