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

/** What {@link RenditionHolders} tell their rendition. */
export interface HoldersListener {
  /** A viewer that holds it is connected. @param first - No other one was. */
  activated(first: boolean): void;
  /** A viewer has let go of it. */
  removed(holder: RenditionHolder): void;
}

/** The viewers that hold a rendition, and where its pictures go for those that are connected. */
export class RenditionHolders implements Iterable<RenditionHolder> {
  readonly #listener: HoldersListener | null;
  readonly #holders = new Set<RenditionHolder>();
  /** Where pictures go, and for how many connected viewers. */
  readonly #sinks = new Map<ChunkSink, number>();

  /** @param listener - Default: nobody. */
  constructor(listener: HoldersListener | null = null) {
    this.#listener = listener;
  }

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
    if (holder.isReady) this.activate(holder);
    return true;
  }

  /** To be called once, when a viewer that holds it has become ready. */
  activate({ sink }: RenditionHolder): void {
    const first = !this.watched;
    this.#sinks.set(sink, (this.#sinks.get(sink) ?? 0) + 1);
    this.#listener?.activated(first);
  }

  /** @returns False when the viewer does not hold it. */
  remove(holder: RenditionHolder): boolean {
    if (!this.#holders.delete(holder)) return false;
    if (holder.isReady) {
      const left = (this.#sinks.get(holder.sink) ?? 0) - 1;
      if (left > 0) this.#sinks.set(holder.sink, left);
      else this.#sinks.delete(holder.sink);
    }
    this.#listener?.removed(holder);
    return true;
  }

  /** Lets go of all. */
  clear(): void {
    this.#holders.clear();
    this.#sinks.clear();
  }
}
