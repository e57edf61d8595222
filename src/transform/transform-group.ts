import type { AudioData } from '../media/audio-data.js';
import type { AudioTransformContext, StreamInfo, TransformContext } from '../media/contracts.js';
import type { VideoFrame } from '../media/video-frame.js';
import type { TransformUnit } from './transform-unit.js';

/** Transforms that come and go together: one value given to the chain, or one load of a module. */
export class TransformGroup {
  /** In the order in which frames pass them. */
  readonly units: readonly TransformUnit[];
  #busy = 0;
  #idle: (() => void) | null = null;
  #stopped: Promise<void> | null = null;

  constructor(units: readonly TransformUnit[]) {
    this.units = units;
  }

  /** Starts all, one after another. @throws what the first to fail throws. */
  start(info: StreamInfo): Promise<void> {
    return this.#during(async () => {
      for (const unit of this.units) await unit.start(info);
    });
  }

  /** Starts all at once; failures are logged and tried again later. Never rejects. */
  tryStart(info: StreamInfo): Promise<void> {
    return this.#during(async () => {
      await Promise.all(this.units.map((unit) => unit.tryStart(info)));
    });
  }

  /** Takes the frame through those that have a `transform()`. Owns it; never rejects. */
  apply(frame: VideoFrame, context: TransformContext): Promise<VideoFrame | null> {
    return this.#during(async () => {
      let current: VideoFrame | null = frame;
      for (const unit of this.units) {
        if (current === null) break;
        if (unit.takesFrames) current = await unit.apply(current, context);
      }
      return current;
    });
  }

  /**
   * Takes a piece of sound through those that have a `transformAudio()`. Owns it; never rejects.
   *
   * @param context - `null` before the stream is known: transforms cannot be asked yet.
   */
  applyAudio(audio: AudioData, context: AudioTransformContext | null): Promise<AudioData | null> {
    return this.#during(async () => {
      let current: AudioData | null = audio;
      for (const unit of this.units) {
        if (current === null) break;
        if (unit.takesAudio) current = await unit.applyAudio(current, context);
      }
      return current;
    });
  }

  /**
   * Stops every transform once, within `graceMs` altogether: what is under way has half of it to come
   * through, the transforms' own `stop()` has the rest. Never rejects.
   */
  stop(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    this.#stopped ??= this.#whenIdle(graceMs / 2).then(async () => {
      await Promise.all(this.units.map((unit) => unit.stop(until - performance.now())));
    });
    return this.#stopped;
  }

  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) this.#idle?.();
    }
  }

  #whenIdle(graceMs: number): Promise<void> {
    if (this.#busy === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
