import type { ChunkSink } from './pipeline-types.js';

/** One viewer, as its renditions see it. */
export interface RenditionHolder {
  readonly viewer: string;
  readonly sink: ChunkSink;
  /** True once it is connected: before, nothing is encoded for it. */
  readonly isReady: boolean;
  /** Bits per second that its link bears, `null` when not known to be limited. */
  readonly bitrateLimit: number | null;
}

/** The viewers that hold a rendition, and where its pictures go for those that are connected. */
export class RenditionHolders implements Iterable<RenditionHolder> {
  readonly #holders = new Set<RenditionHolder>();
  /** Where pictures go, and for how many connected viewers. */
  readonly #sinks = new Map<ChunkSink, number>();

  /** Viewers that hold it. */
  get size(): number {
    return this.#holders.size;
  }

  /** True while one of them is connected. */
  get watched(): boolean {
    return this.#sinks.size > 0;
  }

  /** Where pictures go, each once. */
  get sinks(): Iterable<ChunkSink> {
    return this.#sinks.keys();
  }

  [Symbol.iterator](): Iterator<RenditionHolder> {
    return this.#holders.values();
  }

  /** Whether the viewer holds it. */
  has(holder: RenditionHolder): boolean {
    return this.#holders.has(holder);
  }

  /** @returns False when the viewer has it already. */
  add(holder: RenditionHolder): boolean {
    if (this.#holders.has(holder)) return false;
    this.#holders.add(holder);
    return true;
  }

  /** To be called once, when a viewer that holds it is or has become ready. */
  activate({ sink }: RenditionHolder): void {
    this.#sinks.set(sink, (this.#sinks.get(sink) ?? 0) + 1);
  }

  /** @returns False when the viewer does not hold it. */
  remove(holder: RenditionHolder): boolean {
    if (!this.#holders.delete(holder)) return false;
    if (holder.isReady) {
      const left = (this.#sinks.get(holder.sink) ?? 0) - 1;
      if (left > 0) this.#sinks.set(holder.sink, left);
      else this.#sinks.delete(holder.sink);
    }
    return true;
  }

  /** Lets go of all. */
  clear(): void {
    this.#holders.clear();
    this.#sinks.clear();
  }
}
