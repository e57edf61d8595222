import { availableParallelism } from 'node:os';

/**
 * How many threads shall serve viewers. `auto` leaves one core to the main thread, which decodes, transforms and hands
 * pictures to the encoders.
 *
 * @param cores - Default: those of this machine that we may use.
 */
export function workerCount(
  workers: number | 'auto',
  cores: number = availableParallelism(),
): number {
  return workers === 'auto' ? Math.max(1, cores - 1) : workers;
}
