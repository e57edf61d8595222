import { Packet } from 'node-av/lib';
import type { Frame, Rational, Stream } from 'node-av/lib';
import { VideoDecoder } from '../codec/video-decoder.js';
import { wrapNativeFrame } from '../codec/native-frame.js';
import { NotSupportedError, SourceError } from '../errors.js';
import type { VideoFrame } from '../media/video-frame.js';
import { FrameClock } from './frame-clock.js';
import type { InputPlan } from './input-plan.js';
import { MediaInput } from './media-input.js';
import type { MediaSource, SourceInfo, SourceOptions } from './media-source.js';
import { SourceStop } from './source-stop.js';
import { Upright } from './upright.js';

/** Highest frame rate that is believed; containers without one state their clock's instead. */
const maxFramerate = 480;

/** One start of the input, from opening to its end. */
interface Run {
  input: MediaInput;
  decoder: VideoDecoder;
  ended: boolean;
}

/**
 * Files, URLs, devices and filter graphs through FFmpeg. Packets are read one at a time, in this
 * source's own loop: nothing is read ahead, and nothing runs while nobody reads.
 */
export class LibavSource implements MediaSource {
  readonly #plan: (signal: AbortSignal) => InputPlan | Promise<InputPlan>;
  readonly #options: SourceOptions;
  readonly #stop: SourceStop = new SourceStop();
  readonly #upright: Upright = new Upright();
  readonly #packet: Packet = new Packet();
  readonly #frames: Frame[] = [];
  #clock: FrameClock = new FrameClock({ framerate: null, byArrival: false });
  #input: MediaInput | null = null;
  #run: Run | null = null;
  #framesOfRun = 0;
  #ahead: VideoFrame | null = null;
  #info: SourceInfo | null = null;

  /** @param plan - Called at each opening; may take its time (a page's address to be resolved). */
  constructor(
    plan: (signal: AbortSignal) => InputPlan | Promise<InputPlan>,
    options: SourceOptions,
  ) {
    this.#plan = plan;
    this.#options = options;
    this.#packet.alloc();
  }

  get info(): SourceInfo | null {
    return this.#info;
  }

  /** Opens the input and decodes its first picture. @throws {SourceError} */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    await this.#stop.starting(
      signal,
      () => this.#input?.interrupt(),
      () => this.#start(),
    );
  }

  async read(): Promise<VideoFrame | null> {
    return this.#stop.reading(async () => {
      const ahead = this.#ahead;
      this.#ahead = null;
      return ahead ?? (await this.#next());
    });
  }

  async stop(): Promise<void> {
    await this.#stop.stop(
      () => this.#input?.interrupt(),
      async () => {
        this.#ahead?.close();
        for (const frame of this.#frames.splice(0)) frame.free();
        await this.#closeRun();
        this.#upright[Symbol.dispose]();
        this.#packet.free();
      },
    );
  }

  async #start(): Promise<void> {
    const plan = await this.#plan(this.#stop.signal);
    const { input } = await this.#open(plan);
    const timing = timingOf(plan, input);
    // What such an input says of its rate is FFmpeg's own default.
    const framerate = timing.byArrival ? null : statedFramerate(input.stream);
    this.#clock = new FrameClock({ framerate, byArrival: timing.byArrival });
    const first = await this.#next();
    if (this.#stop.stopped) return;
    if (first === null) {
      throw new SourceError(`${plan.label} has a video stream but no picture could be decoded`, {
        code: 'source-unreadable',
        retryable: plan.kind !== 'file',
      });
    }
    this.#ahead = first;
    const { codedWidth, codedHeight } = first;
    const { live, pacing } = timing;
    this.#info = { codedWidth, codedHeight, framerate, live, pacing };
  }

  async #open(plan: InputPlan): Promise<Run> {
    const { logger, openTimeoutMs = 10_000, readTimeoutMs = 10_000 } = this.#options;
    const patient = plan.kind === 'file';
    const input = new MediaInput(plan, {
      open: patient ? Infinity : openTimeoutMs,
      read: patient ? Infinity : readTimeoutMs,
    });
    this.#input = input;
    if (this.#stop.stopped) input.interrupt();
    try {
      await input.open();
      const live = plan.live !== false;
      const decoder = await VideoDecoder.open(input.stream, { logger, lowDelay: live });
      this.#run = { input, decoder, ended: false };
    } catch (error) {
      await input.close();
      throw error instanceof NotSupportedError
        ? new SourceError(`${plan.label} uses a video codec that this FFmpeg cannot decode`, {
            code: 'source-unreadable',
            cause: error,
          })
        : error;
    }
    this.#framesOfRun = 0;
    return this.#run;
  }

  async #next(): Promise<VideoFrame | null> {
    for (;;) {
      if (this.#stop.stopped) return null;
      const frame = this.#frames.shift();
      if (frame !== undefined) return await this.#deliver(frame);
      if (!(await this.#fill())) return null;
    }
  }

  /** Decodes the next packet. @returns False at the end. */
  async #fill(): Promise<boolean> {
    const run = this.#run;
    if (run === null) return false;
    if (run.ended) return await this.#startOver();
    if (await run.input.read(this.#packet)) {
      this.#frames.push(...(await run.decoder.decode(this.#packet)));
    } else {
      run.ended = true;
      this.#frames.push(...(await run.decoder.flush()));
    }
    return true;
  }

  async #startOver(): Promise<boolean> {
    // An input that brought no picture this time will bring none the next time either.
    if (this.#options.loop !== true || this.#framesOfRun === 0) return false;
    const plan = await this.#plan(this.#stop.signal);
    await this.#closeRun();
    if (this.#stop.stopped) return false;
    await this.#open(plan);
    this.#clock.restart();
    return true;
  }

  async #deliver(frame: Frame): Promise<VideoFrame> {
    this.#framesOfRun += 1;
    const times = this.#clock.next(frame);
    const pixelAspect = ratio(this.#run?.input.stream.sampleAspectRatio);
    return wrapNativeFrame(await this.#upright.apply(frame, pixelAspect), times);
  }

  async #closeRun(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    await run?.decoder.close();
    await this.#input?.close();
  }
}

interface Timing extends Pick<SourceInfo, 'live' | 'pacing'> {
  byArrival: boolean;
}

/** Live, and who keeps time, as far as the plan or the opened input tells. */
function timingOf(plan: InputPlan, input: MediaInput): Timing {
  const byArrival = false;
  if (plan.live === false) return { live: false, pacing: 'timestamp', byArrival };
  // Raw streams (JPEG after JPEG from a web camera, bare H.264) carry no times.
  if (input.timeless && (plan.live === true || input.formatName === 'mpjpeg')) {
    return { live: true, pacing: 'arrival', byArrival: true };
  }
  if (plan.live === true) return { live: true, pacing: 'arrival', byArrival };
  if (input.duration !== null) return { live: false, pacing: 'timestamp', byArrival };
  // Live HLS comes in pieces of several seconds: shown as they arrive they would be a slide show.
  if (input.inPieces) return { live: true, pacing: 'timestamp', byArrival };
  return { live: true, pacing: 'auto', byArrival };
}

function statedFramerate({ avgFrameRate, rFrameRate }: Stream): number | null {
  for (const rate of [ratio(avgFrameRate), ratio(rFrameRate)]) {
    if (rate > 0 && rate <= maxFramerate) return rate;
  }
  return null;
}

function ratio(value: Rational | undefined): number {
  return value !== undefined && value.den !== 0 ? value.num / value.den : 0;
}
