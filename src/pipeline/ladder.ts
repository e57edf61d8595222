import { leastAv1Side } from '../codec/encoder-config.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import { renditionLevels } from '../media/rendition-info.js';
import type { RenditionInfo, RenditionLevel } from '../media/rendition-info.js';

/** Levels that are encoded here, not passed through. */
export type EncodedLevel = Exclude<RenditionLevel, 'source'>;

/** Every {@link EncodedLevel}, best first. */
export const encodedLevels: readonly EncodedLevel[] = renditionLevels.filter(
  (level) => level !== 'source',
);

/** Pixels in a row, and rows. */
export interface PictureSize {
  width: number;
  height: number;
}

/** What a {@link Ladder} is made of. */
export interface LadderOptions {
  /** Levels to offer, in any order; at least one. Default: all. */
  levels?: readonly EncodedLevel[];
  /** Bits per second of `full`. */
  bitrate: number;
}

const divisors: Record<EncodedLevel, number> = { full: 1, half: 2, quarter: 4 };

/** Smaller pictures than this are of no use: a level below it is left out. */
const leastPixels = 160 * 90;
/** Doubling the pixels of a picture takes so much more than the same bits to look as good: to this power. */
const bitsPower = 0.75;
/** What 720p can do with before half its size looks better at the same bit rate, bits/s. */
const floorAt720p = 600_000;
/** Pictures that were encoded before take so much more to look as they did. */
const encodedAnew = 1.25;
/** No level gets less than this, bits/s. */
const leastBitrate = 30_000;

/** Size of a level's pictures, even both ways, as encoders want it. */
export function levelSize(level: EncodedLevel, { width, height }: PictureSize): PictureSize {
  const divisor = divisors[level];
  // An odd size loses its last column or row, which is sharper than scaling.
  if (divisor === 1) return { width: Math.max(2, width & ~1), height: Math.max(2, height & ~1) };
  const even = (side: number): number => Math.max(2, 2 * Math.round(side / divisor / 2));
  return { width: even(width), height: even(height) };
}

/** The renditions that a stream is encoded in, as its picture size allows. */
export class Ladder {
  readonly #levels: readonly EncodedLevel[];
  readonly #bitrate: number;
  readonly #renditions = new Map<VideoCodecName, readonly RenditionInfo[]>();
  #size: PictureSize | null = null;
  #passed: RenditionInfo | null = null;

  constructor({ levels = encodedLevels, bitrate }: LadderOptions) {
    this.#levels = encodedLevels.filter((level) => levels.includes(level));
    this.#bitrate = bitrate;
  }

  /** Size of the pictures before scaling; `null` before it is known. */
  get size(): PictureSize | null {
    return this.#size;
  }

  /** Notes the size of the pictures. @returns True when that changes the ladder. */
  resize({ width, height }: PictureSize): boolean {
    if (this.#size?.width === width && this.#size.height === height) return false;
    this.#size = { width, height };
    this.#renditions.clear();
    return true;
  }

  /** What is passed on as it is; `null` when nothing is. */
  get passed(): RenditionInfo | null {
    return this.#passed;
  }

  /** Puts what is passed on as it is on top of its codec's renditions, in place of what was there; `null` takes it away. */
  pass(rendition: RenditionInfo | null): void {
    for (const codec of [this.#passed?.codec, rendition?.codec]) {
      if (codec !== undefined) this.#renditions.delete(codec);
    }
    this.#passed = rendition;
  }

  /**
   * The renditions of a codec, best first; the same objects until the size changes. Only the best one before the
   * size is known.
   */
  renditions(codec: VideoCodecName): readonly RenditionInfo[] {
    const known = this.#renditions.get(codec);
    if (known !== undefined) return known;
    const levels = this.#levels.filter(
      (level, at) => (at === 0 || this.#fits(level)) && this.#encodable(codec, level),
    );
    const passed = this.#passed?.codec === codec ? [this.#passed] : [];
    const renditions = [...passed, ...levels.map((level) => this.#rendition(codec, level))];
    this.#renditions.set(codec, renditions);
    return renditions;
  }

  #fits(level: EncodedLevel): boolean {
    if (this.#size === null) return false;
    const { width, height } = levelSize(level, this.#size);
    return width * height >= leastPixels;
  }

  /**
   * What full size may take. Who moves down from the source's own pictures is on a bad link: what takes more than they did is no
   * help, however much room the options leave.
   */
  #ceiling(codec: VideoCodecName, level: EncodedLevel): number {
    const passed = this.#passed?.codec === codec ? this.#passed.bitrate : 0;
    if (passed === 0 || level === 'full') return this.#bitrate;
    return Math.min(this.#bitrate, passed * encodedAnew);
  }

  /** False for pictures that the codec's encoder does not take. */
  #encodable(codec: VideoCodecName, level: EncodedLevel): boolean {
    if (codec !== 'av1' || this.#size === null) return true;
    const { width, height } = levelSize(level, this.#size);
    return Math.min(width, height) >= leastAv1Side;
  }

  #rendition(codec: VideoCodecName, level: EncodedLevel): RenditionInfo {
    const { width, height } = this.#size ?? { width: 1280, height: 720 };
    const share = divisors[level] ** (-2 * bitsPower);
    const least = Math.min(leastBitrate, this.#bitrate);
    const bitrate = Math.max(least, Math.round(this.#ceiling(codec, level) * share));
    const relative = ((width * height) / (1280 * 720)) ** bitsPower;
    const floor = Math.round(floorAt720p * relative * share);
    const minBitrate = Math.max(least, Math.min(floor, Math.round(bitrate * 0.6)));
    return {
      id: `${codec}/${level}`,
      codec,
      level,
      bitrate,
      minBitrate: Math.min(minBitrate, bitrate),
    };
  }
}
