import type { VideoFrame } from '../media/video-frame.js';
import type { EncodedVideoChunk, VideoCodecName } from '../media/encoded-video-chunk.js';
import type { KeyFrameReason } from './key-frame-policy.js';
import { levelSize } from './ladder.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { EncodedLevel, Ladder, PictureSize } from './ladder.js';
import { LeveledPicture, LevelScalers } from './leveled-picture.js';
import { PassedRendition } from './passed-rendition.js';
import { Rendition } from './rendition.js';
import type { RenditionOptions } from './rendition.js';
import type { RenditionHolder } from './rendition-holders.js';
import type { RenditionStats } from './rendition-stats.js';

/** When no picture has come for so long after a viewer joined, ms, the last one is sent again. */
const repeatMs = 100;
/**
 * How long an encoder stays open after its last viewer, ms: a reload finds it ready, and one viewer after
 * another does not have its memory given out anew each time, which fragments the heaps of FFmpeg's threads.
 */
const lingerMs = 1000;

type AnyRendition = Rendition | PassedRendition;

/**
 * The encodings of a stream that somebody holds. Hands them each picture, and keeps the last one for
 * viewers that come before the next.
 */
export class Renditions {
  readonly #ladder: Ladder;
  readonly #options: RenditionOptions;
  readonly #changed: () => void;
  readonly #renditions = new Map<string, AnyRendition>();
  readonly #lingering = new Map<AnyRendition, NodeJS.Timeout>();
  readonly #repeating = new Map<Rendition, NodeJS.Timeout>();
  readonly #scalers = new LevelScalers();
  #last: LeveledPicture | null = null;
  #lastTime = 0;
  #closed = false;

  /** @param changed - Called when {@link encodes} may be another. */
  constructor(ladder: Ladder, options: RenditionOptions, changed: () => void = () => undefined) {
    this.#ladder = ladder;
    this.#options = options;
    this.#changed = changed;
  }

  /** True while somebody watches what is encoded here, or did until a moment ago. */
  get encodes(): boolean {
    return [...this.#renditions.values()].some(
      (rendition) =>
        rendition instanceof Rendition &&
        (rendition.holders.watched || this.#lingering.has(rendition)),
    );
  }

  /** The last picture, for its size; `null` when none has come. */
  get last(): VideoFrame | null {
    return this.#last?.frame ?? null;
  }

  /** Gives a viewer a rendition of `codec`. @returns False when the ladder has none of that id. */
  take(holder: RenditionHolder, codec: VideoCodecName, id: string): boolean {
    const info = this.#ladder.renditions(codec).find((rendition) => rendition.id === id);
    if (info === undefined || this.#closed) return false;
    let rendition = this.#renditions.get(id);
    if (rendition === undefined) {
      rendition = this.#create(info);
      this.#renditions.set(id, rendition);
      if (rendition instanceof Rendition) this.#prepare(rendition);
    }
    clearTimeout(this.#lingering.get(rendition));
    this.#lingering.delete(rendition);
    if (rendition.holders.add(holder) && holder.isReady) this.#request(rendition, 'switch', holder);
    this.#changed();
    return true;
  }

  /** Takes a rendition from a viewer, or all it has. */
  drop(holder: RenditionHolder, id?: string): void {
    for (const rendition of this.#some(id)) {
      const { holders } = rendition;
      if (holders.remove(holder) && holders.size === 0) this.#retireLater(rendition);
    }
    this.#changed();
  }

  /** A viewer has become ready for what it holds. */
  activate(holder: RenditionHolder): void {
    for (const rendition of this.#held(holder)) rendition.holders.activate(holder);
    this.#changed();
  }

  /** Notes that a viewer needs a key frame, of one rendition or all it holds. */
  requestKeyFrame(holder: RenditionHolder, reason: KeyFrameReason, id?: string): void {
    for (const rendition of this.#held(holder, id)) this.#request(rendition, reason, holder);
  }

  /** Hands a picture to every encoder that is watched. Owns the frame. */
  deliver(frame: VideoFrame): void {
    if (this.#closed) {
      frame.close();
      return;
    }
    this.#lastTime = Math.max(this.#lastTime + 1, frame.timestamp);
    this.forgetLast();
    const picture = new LeveledPicture(frame, this.#scalers);
    this.#last = picture;
    for (const rendition of this.#renditions.values()) {
      if (rendition instanceof PassedRendition || !rendition.holders.watched) continue;
      rendition.offer(picture, this.#lastTime);
    }
  }

  /** Hands a compressed picture to those who take it as it is. */
  pass(chunk: EncodedVideoChunk): void {
    for (const rendition of this.#renditions.values()) {
      if (rendition instanceof PassedRendition) rendition.pass(chunk);
    }
  }

  /** Bit rates are others after the ladder has changed; who holds a rendition that fell off it keeps it. */
  ladderChanged(): void {
    for (const rendition of this.#renditions.values()) {
      const infos = this.#ladder.renditions(rendition.codec);
      const info = infos.find(({ id }) => id === rendition.id);
      if (info !== undefined) rendition.info = info;
      if (rendition instanceof Rendition) this.#prepare(rendition);
    }
  }

  /** The last picture is not to be seen again. */
  forgetLast(): void {
    this.#last?.release();
    this.#last = null;
  }

  /** From capture until pictures are sent, ms; `null` while nobody watches. */
  get delayMs(): number | null {
    const watched = this.stats().filter(
      ({ viewers, framesEncoded }) => viewers * framesEncoded > 0,
    );
    if (watched.length === 0) return null;
    return Math.min(...watched.map(({ captureToSendMs }) => captureToSendMs));
  }

  /** Figures of each. */
  stats(): RenditionStats[] {
    return [...this.#renditions.values()].map((rendition) => rendition.stats());
  }

  /** Ends all encoders, after the pictures in hand. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#lingering.values()) clearTimeout(timer);
    for (const timer of this.#repeating.values()) clearTimeout(timer);
    await Promise.all([...this.#renditions.values()].map((rendition) => rendition.close()));
    this.#renditions.clear();
    this.forgetLast();
    await this.#scalers.close();
  }

  #prepare(rendition: Rendition): void {
    const { size } = this.#ladder;
    if (size !== null) rendition.prepare(levelSize(rendition.level, size));
  }

  #create(info: RenditionInfo): AnyRendition {
    if (info.level === 'source') {
      const size = (): PictureSize => this.#ladder.size ?? { width: 0, height: 0 };
      return new PassedRendition(info, size, this.#options.sharedMemory);
    }
    const { codec, id } = info;
    const logger = this.#options.logger.child({ codec, rendition: id });
    return new Rendition(info, { ...this.#options, logger });
  }

  #some(id?: string): AnyRendition[] {
    return [...this.#renditions.values()].filter(
      (rendition) => rendition.id === (id ?? rendition.id),
    );
  }

  #held(holder: RenditionHolder, id?: string): AnyRendition[] {
    return this.#some(id).filter((rendition) => rendition.holders.has(holder));
  }

  #request(rendition: AnyRendition, reason: KeyFrameReason, holder: RenditionHolder): void {
    // Those of a source come when they come: hosts bridge the time with an encoded rendition.
    if (rendition instanceof PassedRendition) return;
    rendition.requestKeyFrame(reason, holder);
    this.#repeatSoon(rendition);
  }

  /** Closes an encoder that nobody comes back to; `take()` calls it off. */
  #retireLater(rendition: AnyRendition): void {
    const timer = setTimeout(() => {
      this.#lingering.delete(rendition);
      this.#renditions.delete(rendition.id);
      const levels = [...this.#renditions.values()].flatMap(({ level }) =>
        level === 'source' ? [] : [level],
      );
      void rendition.close().then(() => this.#scalers.keep(new Set<EncodedLevel>(levels)));
      this.#changed();
    }, lingerMs);
    this.#lingering.set(rendition, timer);
  }

  /** A viewer waits for a key frame. Where the source is slow, the last picture serves. */
  #repeatSoon(rendition: Rendition, ms: number = repeatMs): void {
    if (this.#repeating.has(rendition) || this.#closed) return;
    const timer = setTimeout(() => {
      this.#repeating.delete(rendition);
      const waitMs = rendition.keyFrameInMs;
      if (!rendition.holders.watched || this.#last === null || waitMs === Infinity) return;
      if (waitMs > 0) {
        this.#repeatSoon(rendition, waitMs);
        return;
      }
      this.#lastTime = Math.max(this.#lastTime + 1, Math.round(performance.now() * 1000));
      rendition.offer(this.#last, this.#lastTime);
    }, ms);
    this.#repeating.set(rendition, timer);
  }
}
