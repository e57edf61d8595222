import { setTimeout } from 'node:timers/promises';
import type { VideoFrame } from '../../src/media/video-frame.js';
import { VideoFrame as Frame } from '../../src/media/video-frame.js';
import type { MediaSource, SourceFactory, SourceInfo } from '../../src/source/source-factory.js';

/** What a {@link FakeSource} does at one step: deliver a picture, end, or fail. */
export type Step = 'frame' | 'end' | 'hang' | Error;

/** How a {@link FakeSource} behaves. */
export interface FakeSourceScript {
  /** One list per life of the source; the last one serves all later lives. */
  lives: (Step[] | Error)[];
  /** After the last step of a life: deliver frames for ever. Default `false`: the source ends. */
  endless?: boolean;
  info?: Partial<SourceInfo>;
  reopenable?: boolean;
  /** Answers `changed()`. */
  changed?: () => boolean;
}

const defaultInfo: SourceInfo = {
  codedWidth: 64,
  codedHeight: 48,
  framerate: 100,
  live: false,
  pacing: 'timestamp',
};

/** A scripted source that counts what is done to it. */
export class FakeSource implements SourceFactory {
  readonly label = 'fake source';
  readonly reopenable: boolean;
  readonly counts = { created: 0, started: 0, stopped: 0, read: 0 };
  readonly #script: FakeSourceScript;

  constructor(script: FakeSourceScript) {
    this.#script = script;
    this.reopenable = script.reopenable ?? true;
  }

  changed(): Promise<boolean> {
    return Promise.resolve(this.#script.changed?.() ?? false);
  }

  create(): MediaSource {
    const { lives, endless = false, info } = this.#script;
    const life = lives[Math.min(this.counts.created, lives.length - 1)] ?? [];
    this.counts.created += 1;
    return new FakeLife(life, endless, { ...defaultInfo, ...info }, this.counts);
  }
}

class FakeLife implements MediaSource {
  info: SourceInfo | null = null;
  readonly #steps: Step[] | Error;
  readonly #endless: boolean;
  readonly #info: SourceInfo;
  readonly #counts: FakeSource['counts'];
  #time = 0;
  #stop: () => void = () => undefined;

  constructor(
    steps: Step[] | Error,
    endless: boolean,
    info: SourceInfo,
    counts: FakeSource['counts'],
  ) {
    this.#steps = steps instanceof Error ? steps : [...steps];
    this.#endless = endless;
    this.#info = info;
    this.#counts = counts;
  }

  start(): Promise<void> {
    this.#counts.started += 1;
    if (this.#steps instanceof Error) return Promise.reject(this.#steps);
    this.info = this.#info;
    return Promise.resolve();
  }

  read(): Promise<VideoFrame | null> {
    this.#counts.read += 1;
    const steps = this.#steps as Step[];
    const step = steps.shift() ?? (this.#endless ? 'frame' : 'end');
    if (step instanceof Error) return Promise.reject(step);
    if (step === 'end') return Promise.resolve(null);
    if (step === 'hang') {
      return new Promise((resolve) => {
        this.#stop = (): void => resolve(null);
      });
    }
    // One that keeps time itself, and never ends, would keep its reader from all else.
    if (this.#endless && this.#info.pacing === 'arrival') return this.#later();
    return Promise.resolve(this.#frame());
  }

  stop(): void {
    this.#counts.stopped += 1;
    this.#stop();
  }

  async #later(): Promise<VideoFrame> {
    await setTimeout(1000 / (this.#info.framerate ?? 30));
    return this.#frame();
  }

  #frame(): VideoFrame {
    const { codedWidth, codedHeight, framerate } = this.#info;
    this.#time += 1_000_000 / (framerate ?? 30);
    const pixels = Buffer.alloc(codedWidth * codedHeight, this.#counts.read);
    return Frame.fromBuffer(pixels, {
      format: 'GRAY8',
      codedWidth,
      codedHeight,
      timestamp: this.#time,
    });
  }
}
