import type { EncodedVideoChunk, VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionLevel } from '../media/rendition-info.js';

/** What one rendition of a stream has done so far. */
export interface RenditionStats {
  /** `codec/level`, e.g. `vp8/half`. */
  id: string;
  /** What it is compressed with. */
  codec: VideoCodecName;
  /** Its place in the ladder. */
  level: RenditionLevel;
  /** Pixels in a row; 0 before the first picture. */
  width: number;
  /** Rows; 0 before the first picture. */
  height: number;
  /** FFmpeg's name of the encoder that runs, `null` while none does. */
  encoder: string | null;
  /** Who holds it now. */
  viewers: number;
  /** Pictures encoded. */
  framesEncoded: number;
  /** Key frames among them. */
  keyFramesEncoded: number;
  /** Pictures that were not encoded. */
  framesDropped: {
    /** Replaced by newer ones because the encoder was still at work. */
    busy: number;
    /** Lost to failures of the encoder. */
    failed: number;
  };
  /** Failures of the encoder. */
  errors: number;
  /** Size of all pictures together. */
  bytes: number;
  /** Bits per second over the last two seconds. */
  bitrate: number;
  /** Pictures per second over the last two seconds. */
  frameRate: number;
  /** Bits per second that the encoder aims for; 0 before the first picture. */
  targetBitrate: number;
  /** Time to encode a picture, over the last 30 or so, ms. */
  encodeMs: number;
  /** Time from a picture's time stamp to its way to the viewers, over the last 30 or so, ms. */
  captureToSendMs: number;
}

const windowMs = 2000;
/** Pictures, or so, that times are averaged over. */
const averaged = 30;

/** Counts what a rendition does. */
export class RenditionMeter {
  readonly #now: () => number;
  readonly #counts = { framesEncoded: 0, keyFramesEncoded: 0, bytes: 0, errors: 0, failed: 0 };
  readonly #times = { encodeMs: 0, captureToSendMs: 0 };
  #recent: { at: number; bytes: number }[] = [];
  #samples = 0;

  /** @param now - The stream's clock, in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes a chunk that is sent now. */
  sent(chunk: EncodedVideoChunk, encodeMs: number): void {
    const now = this.#now();
    const counts = this.#counts;
    counts.framesEncoded += 1;
    if (chunk.type === 'key') counts.keyFramesEncoded += 1;
    counts.bytes += chunk.byteLength;
    this.#recent.push({ at: now, bytes: chunk.byteLength });
    if (this.#recent.length > 256) this.#trim(now);
    this.#samples = Math.min(this.#samples + 1, averaged);
    const times = this.#times;
    times.encodeMs += (encodeMs - times.encodeMs) / this.#samples;
    times.captureToSendMs += (now - chunk.timestamp / 1000 - times.captureToSendMs) / this.#samples;
  }

  /** Notes a picture that was lost; `error` when the encoder has failed just now. */
  lost(error: boolean): void {
    this.#counts.failed += 1;
    if (error) this.#counts.errors += 1;
  }

  /** The figures so far. @param busy - Pictures replaced by newer ones. */
  read(
    busy: number,
  ): Omit<
    RenditionStats,
    'id' | 'codec' | 'level' | 'width' | 'height' | 'encoder' | 'viewers' | 'targetBitrate'
  > {
    const { failed, ...counts } = this.#counts;
    return { ...counts, ...this.#times, ...this.#rates(), framesDropped: { busy, failed } };
  }

  #rates(): Pick<RenditionStats, 'bitrate' | 'frameRate'> {
    const now = this.#now();
    this.#trim(now);
    // Each chunk stands for the time until the next; the last one's has only begun.
    const whole = this.#recent.slice(0, -1);
    const ms = (this.#recent.at(-1)?.at ?? now) - (this.#recent[0]?.at ?? now);
    if (ms <= 0) return { bitrate: 0, frameRate: 0 };
    const bytes = whole.reduce((sum, chunk) => sum + chunk.bytes, 0);
    return { bitrate: Math.round((bytes * 8000) / ms), frameRate: (whole.length * 1000) / ms };
  }

  #trim(now: number): void {
    const start = this.#recent.findIndex(({ at }) => now - at <= windowMs);
    this.#recent = start === -1 ? [] : this.#recent.slice(start);
  }
}
