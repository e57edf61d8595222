import { setImmediate } from 'node:timers/promises';

/** How long a loop may keep the event loop to itself, ms. */
const breathMs = 5;

/** Lets a loop that may never wait for anything make way for everybody else now and then. */
export class Breather {
  #since = performance.now();

  /** Makes way, if the loop has gone on for some ms. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#since < breathMs) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
