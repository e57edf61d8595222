import type { RenditionInfo } from '../media/rendition-info.js';
import type { ViewerEvent } from './viewer-host.js';

/** A rendition that was taken has so long to bring a key frame before one is asked for. */
const patienceMs = 1000;
/** Key frames of the source's own pictures that come so often, ms, are waited for. */
const shortWaitMs = 500;

/** What a {@link RenditionFlow} is joined to. */
export interface RenditionFlowOptions {
  /** What the viewer may have, best first. */
  ladder: readonly RenditionInfo[];
  /** This rendition's pictures are wanted from now on. */
  join: (rendition: string) => void;
  /** They are wanted no more. */
  leave: (rendition: string) => void;
  /** Tells the pipeline and the main thread. */
  tell: (event: Extract<ViewerEvent, { kind: 'take' | 'drop' | 'moved' }>) => void;
}

/**
 * Which rendition's pictures go to one viewer now. What flows goes on until a key frame of the next one comes; a pause lets nothing
 * through. Which one is to be next is decided elsewhere.
 */
export class RenditionFlow {
  readonly #options: RenditionFlowOptions;
  #ladder: readonly RenditionInfo[];
  /** Its pictures flow. */
  #current: RenditionInfo | null = null;
  /** Its next key frame is waited for. */
  #next: RenditionInfo | null = null;
  /**
   * An encoding whose first key frame may be shown before that of the source's own pictures, which come when they come: `next` goes
   * on being waited for.
   */
  #bridge: RenditionInfo | null = null;
  /** To be taken when the pause ends: a key frame in between would be lost on it. */
  #after: RenditionInfo | null = null;
  #takenAt = 0;
  #paused = false;
  #awaitsKeyFrame = false;
  /** What flows is no longer what the viewer can take. */
  #stale = false;

  constructor(options: RenditionFlowOptions) {
    this.#options = options;
    this.#ladder = options.ladder;
  }

  /** What the viewer may have, best first. */
  get ladder(): readonly RenditionInfo[] {
    return this.#ladder;
  }

  /** The rendition that it gets or waits for. */
  get wanted(): RenditionInfo | null {
    return this.#after ?? this.#next ?? this.#current;
  }

  /** True for a rendition whose next key frame is waited for. */
  awaits(rendition: string): boolean {
    return this.#next?.id === rendition || this.#bridge?.id === rendition;
  }

  /** Nothing flows for a while. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Waits for the viewer's first rendition; `take` is not told of it. */
  begin(rendition: RenditionInfo, now: number): void {
    this.#await(rendition, now);
  }

  /** The viewer may have others from now on; what flows goes on, unless it has become something that it cannot take. */
  setLadder(ladder: readonly RenditionInfo[]): void {
    const known = (info: RenditionInfo | null): RenditionInfo | null =>
      info && (ladder.find(({ id }) => id === info.id) ?? info);
    this.#ladder = ladder;
    this.#current = known(this.#current);
    this.#next = known(this.#next);
    this.#bridge = known(this.#bridge);
    this.#after = known(this.#after);
    // Encodings stay what they are; the source's own pictures may come back under their old name as something else.
    const { id, level } = this.#current ?? {};
    this.#stale = level === 'source' && !ladder.some((info) => info.id === id);
  }

  /**
   * Goes on to `rendition` from its next key frame, or stays on it; while `pause` is true nothing flows, and it is taken afterwards.
   *
   * @returns True when a pause has ended: a key frame is needed.
   */
  follow(rendition: RenditionInfo | null, pause: boolean, now: number): boolean {
    this.#after = pause ? rendition : null;
    if (rendition !== null && !pause) this.#want(rendition, now);
    const resumes = this.#paused && !pause;
    if (resumes) this.#awaitsKeyFrame = true;
    this.#paused = pause;
    return resumes;
  }

  /** Whether a picture goes to the viewer; one of the next rendition makes that the one that flows. */
  passes(rendition: string, isKey: boolean): boolean {
    if (this.#paused) return false;
    if (isKey && this.#next?.id === rendition) this.#move(this.#next);
    else if (isKey && this.#bridge?.id === rendition) this.#cross(this.#bridge);
    else if (this.#current?.id !== rendition || this.#stale) return false;
    if (this.#awaitsKeyFrame && !isKey) return false;
    this.#awaitsKeyFrame = false;
    return true;
  }

  /** True when the next rendition's key frame should have come by now. */
  isLate(now: number): boolean {
    // The source's own key frames come when they come: meanwhile an encoding is shown.
    const waits = this.#next !== null && (this.#next.level !== 'source' || this.#current === null);
    return waits && !this.#paused && now - this.#takenAt >= patienceMs;
  }

  /**
   * The rendition to be asked for a key frame. The source's own pictures have none for the asking: an encoding is taken beside them,
   * to be shown until one comes.
   */
  askable(): RenditionInfo | null {
    const { wanted } = this;
    if (wanted?.level !== 'source') return wanted;
    this.#bridgeOver(wanted);
    return this.#bridge ?? (this.#showsEncoding ? this.#current : wanted);
  }

  /** Leaves all, and tells nothing of it. A second call does nothing. */
  close(): void {
    for (const rendition of [this.#current, this.#next, this.#bridge]) {
      if (rendition !== null) this.#options.leave(rendition.id);
    }
    this.#current = null;
    this.#next = null;
    this.#bridge = null;
    this.#after = null;
  }

  get #showsEncoding(): boolean {
    return this.#current !== null && this.#current.level !== 'source';
  }

  #bridgeOver(source: RenditionInfo): void {
    const bridge = this.#ladder.find(({ level }) => level !== 'source');
    if (bridge === undefined || this.#bridge !== null || this.#showsEncoding) return;
    if ((source.keyFrameMs ?? Infinity) <= shortWaitMs) return;
    this.#next ??= source;
    this.#bridge = bridge;
    this.#options.join(bridge.id);
    this.#options.tell({ kind: 'take', rendition: bridge });
  }

  #want(rendition: RenditionInfo, now: number): void {
    if (rendition.id === (this.#next ?? this.#current)?.id) return;
    const old = [this.#next, this.#bridge];
    this.#next = null;
    this.#bridge = null;
    // Back to what flows still, or on to a third.
    if (rendition.id !== this.#current?.id) {
      const isTaken = old.some((one) => one?.id === rendition.id);
      this.#await(rendition, now);
      if (!isTaken) this.#options.tell({ kind: 'take', rendition });
    }
    for (const one of old) this.#leave(one);
  }

  #await(rendition: RenditionInfo, now: number): void {
    this.#next = rendition;
    this.#takenAt = now;
    this.#options.join(rendition.id);
  }

  #move(rendition: RenditionInfo): void {
    const old = [this.#current, this.#bridge];
    this.#current = rendition;
    this.#next = null;
    this.#bridge = null;
    this.#arrive(rendition, old);
  }

  /** As {@link #move}, to go on from there. */
  #cross(bridge: RenditionInfo): void {
    const old = [this.#current];
    this.#current = bridge;
    this.#bridge = null;
    this.#arrive(bridge, old);
  }

  #arrive(rendition: RenditionInfo, old: readonly (RenditionInfo | null)[]): void {
    this.#stale = false;
    this.#options.tell({ kind: 'moved', rendition });
    for (const one of old) this.#leave(one);
  }

  /** Lets go of a rendition, unless it is still of use. */
  #leave(rendition: RenditionInfo | null): void {
    const used = [this.#current, this.#next, this.#bridge];
    if (rendition === null || used.some((one) => one?.id === rendition.id)) return;
    this.#options.leave(rendition.id);
    this.#options.tell({ kind: 'drop', rendition: rendition.id });
  }
}
