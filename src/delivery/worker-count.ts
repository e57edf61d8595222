import { availableParallelism } from 'node:os';

/**
 * How many threads shall serve viewers. `auto` leaves one core to the main thread, which decodes, transforms and hands
 * pictures to the encoders, and makes one where there is only that core: 60 viewers of 720p30 cost the process as much
 * CPU time with a worker as without, and the scheduler interrupts a slow transform for packets, which the event loop cannot. The
 * price is 50 MiB and half a second at the start, per worker.
 *
 * @param cores - Default: those of this machine that we may use.
 */
export function workerCount(
  workers: number | 'auto',
  cores: number = availableParallelism(),
): number {
  return workers === 'auto' ? Math.max(1, cores - 1) : workers;
}
