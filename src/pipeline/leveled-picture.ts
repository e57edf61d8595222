import { PictureScaler } from '../codec/picture-scaler.js';
import type { VideoFrame } from '../media/video-frame.js';
import { levelSize } from './ladder.js';
import type { EncodedLevel } from './ladder.js';

/** Scales a stream's pictures, one level beside another. Closed by the pipeline. */
export class LevelScalers {
  readonly #scalers = new Map<EncodedLevel, PictureScaler>();

  /** The one of a level, made when first asked for. */
  of(level: EncodedLevel): PictureScaler {
    let scaler = this.#scalers.get(level);
    if (scaler === undefined) this.#scalers.set(level, (scaler = new PictureScaler()));
    return scaler;
  }

  /** Frees those of levels that nobody needs now. */
  async keep(levels: ReadonlySet<EncodedLevel>): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const [level, scaler] of this.#scalers) {
      if (levels.has(level)) continue;
      this.#scalers.delete(level);
      closing.push(scaler.close());
    }
    await Promise.all(closing);
  }

  /** Frees all, after what is at work. */
  close(): Promise<void> {
    return this.keep(new Set());
  }
}

/**
 * One picture of the stream in the size of each level, for the encoders of all codecs: scaled when first asked
 * for, once per level. Counted: whoever holds it releases it once.
 */
export class LeveledPicture {
  readonly #frame: VideoFrame;
  readonly #scalers: LevelScalers;
  readonly #levels = new Map<EncodedLevel, Promise<VideoFrame>>();
  #holders = 1;

  /** @param frame - Owned from now on. */
  constructor(frame: VideoFrame, scalers: LevelScalers) {
    this.#frame = frame;
    this.#scalers = scalers;
  }

  /** The picture as it came out of the transforms; open while the picture is held. */
  get frame(): VideoFrame {
    return this.#frame;
  }

  /**
   * The picture in a level's size, I420 in BT.601; stays this picture's, open while it is held.
   *
   * @throws {EncodingError} when it cannot be scaled.
   */
  at(level: EncodedLevel): Promise<VideoFrame> {
    let scaled = this.#levels.get(level);
    if (scaled === undefined) this.#levels.set(level, (scaled = this.#scale(level)));
    return scaled;
  }

  /** Another hold on it. */
  retain(): this {
    this.#holders += 1;
    return this;
  }

  /** Lets go; with the last hold go the pixels, once scaling has ended. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    if (this.#levels.size === 0) {
      this.#frame.close();
      return;
    }
    void Promise.allSettled(this.#levels.values()).then((results) => {
      for (const result of results) if (result.status === 'fulfilled') result.value.close();
      this.#frame.close();
    });
  }

  async #scale(level: EncodedLevel): Promise<VideoFrame> {
    // Smaller levels are made from the full one where there is one: its format needs no conversion.
    const whole = level === 'full' ? null : this.#levels.get('full');
    const from = (await whole?.catch(() => null)) ?? this.#frame;
    const { codedWidth: width, codedHeight: height } = this.#frame;
    return this.#scalers.of(level).scale(from, levelSize(level, { width, height }));
  }
}
