import { sleep } from '../util/sleep.js';

/**
 * Resolves when `work` does, at the latest after `ms`; rejects as it does. No timer is left behind,
 * which would keep the process alive.
 */
export async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const settled = new AbortController();
  try {
    await Promise.race([work, sleep(ms, settled.signal)]);
  } finally {
    settled.abort();
  }
}
