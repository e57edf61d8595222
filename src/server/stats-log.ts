import type { ViewerSessionStats } from '../delivery/viewer-session.js';
import type { Logger } from '../logger.js';
import type { PipelineStats } from '../pipeline/pipeline-types.js';
import { formatStats } from './format-stats.js';

/** What a {@link StatsLog} watches. */
export interface StatsLogOptions {
  /** Name of the stream, which begins each line. */
  name: string;
  /** Ms between two lines; 0 writes none. */
  intervalMs: number;
  stream: () => PipelineStats;
  viewers: () => readonly ViewerSessionStats[];
  logger: Logger;
}

/** Writes a line about a stream from time to time while somebody watches it. Closed by its owner. */
export class StatsLog {
  readonly #options: StatsLogOptions;
  readonly #timer: NodeJS.Timeout | null = null;
  #last: { stream: PipelineStats; viewers: readonly ViewerSessionStats[] } | null = null;

  constructor(options: StatsLogOptions) {
    this.#options = options;
    if (options.intervalMs <= 0) return;
    this.#timer = setInterval(() => this.#write(), options.intervalMs);
    this.#timer.unref();
  }

  /** Writes nothing any more. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #write(): void {
    const { name, stream, viewers, logger } = this.#options;
    const now = { stream: stream(), viewers: viewers() };
    const last = this.#last;
    this.#last = now;
    if (now.stream.viewers > 0) logger.info(formatStats(name, now, last));
  }
}
