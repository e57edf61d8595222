import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { ChunkSink } from './pipeline-types.js';
import type { ViewerSubscription } from './viewer-subscription.js';

/** A stream's viewers: who has come, who of them is connected, and who listens. */
export class Audience {
  readonly #viewers = new Set<ViewerSubscription>();
  readonly #connected = new Set<ViewerSubscription>();
  #wakeUp: () => void = () => undefined;

  /** Viewers that have come, connected or not. */
  get size(): number {
    return this.#viewers.size;
  }

  /** Those that can be sent pictures. */
  get connected(): ReadonlySet<ViewerSubscription> {
    return this.#connected;
  }

  /** Where sound goes, each once. */
  get listeners(): Set<ChunkSink> {
    const listeners = [...this.#connected].filter(({ listens }) => listens);
    return new Set(listeners.map(({ sink }) => sink));
  }

  /** Whether one of them, connected or not, takes this codec. */
  takes(codec: VideoCodecName): boolean {
    return [...this.#viewers].some((viewer) => viewer.codec === codec);
  }

  /** Lets a viewer in. */
  add(viewer: ViewerSubscription): void {
    this.#viewers.add(viewer);
  }

  /** A viewer is connected. */
  connect(viewer: ViewerSubscription): void {
    this.#connected.add(viewer);
    this.#wakeUp();
  }

  /** A viewer has left. */
  delete(viewer: ViewerSubscription): void {
    this.#viewers.delete(viewer);
    this.#connected.delete(viewer);
  }

  /** Resolves when a viewer is connected, or `signal` aborts. For one waiter at a time. */
  arrival(signal: AbortSignal): Promise<void> {
    if (this.#connected.size > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wakeUp = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Forgets all. */
  clear(): void {
    this.#viewers.clear();
    this.#connected.clear();
  }
}
