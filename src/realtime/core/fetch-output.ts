import { StreamError } from '../../errors.js';
import type { AdditionalOutputs } from '../handlers/outputs.js';
import type { OutputLog } from './output-log.js';

/** Up to where a log has been fetched. */
const fetched = new WeakMap<OutputLog, number>();

/** As `StreamCore.fetchLatestOutput`. */
export async function fetchNext(
  id: string,
  log: OutputLog,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<AdditionalOutputs> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const event = log.after(fetched.get(log) ?? 0);
    if (event !== undefined) {
      fetched.set(log, event.id);
      return event.outputs;
    }
    if (log.ended) {
      throw new StreamError(`connection ${id} has ended`, { code: 'connection_closed' });
    }
    const leftMs = until - performance.now();
    if (leftMs <= 0) {
      const message = `connection ${id} gave no output within ${timeoutMs} ms`;
      throw new StreamError(message, { code: 'timeout' });
    }
    await change(log, leftMs, signal);
  }
}

function change(log: OutputLog, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      forget();
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const forget = log.onChange(wake);
    // Infinity is no time for a timer.
    const timer = ms === Infinity ? undefined : setTimeout(wake, Math.ceil(ms));
    signal?.addEventListener('abort', wake, { once: true });
  });
}
