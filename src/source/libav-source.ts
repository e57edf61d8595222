import { NotSupportedError, SourceError } from '../errors.js';
import { unconfigured } from '../codec/untouched.js';
import type { UntouchedStream } from '../codec/untouched.js';
import type { VideoFrame } from '../media/video-frame.js';
import { FrameClock } from './frame-clock.js';
import type { InputPlan } from './input-plan.js';
import { InputRun } from './input-run.js';
import { timingOf } from './input-timing.js';
import type { InputTiming } from './input-timing.js';
import { MediaInput } from './media-input.js';
import type {
  MediaSource,
  SoundInfo,
  SourceInfo,
  SourceItem,
  SourceOptions,
  SourceWants,
} from './media-source.js';
import { lookedAt, obstacleIn, passableFrom, passableStream } from './pass-obstacle.js';
import { PictureDecoding } from './picture-decoding.js';
import { microsecond, RunClock } from './run-clock.js';
import { RunSound } from './run-sound.js';
import { SoundTimeline } from './sound-timeline.js';
import { SourceStop } from './source-stop.js';
import { Upright } from './upright.js';

/** Sound that lasts longer than its pictures puts their next start off when it is more than this, µs. */
const toleratedRest = 100_000;

/** Whether packets can go out as they are. */
type Passing = Pick<SourceInfo, 'encoded' | 'whyNotEncoded'>;

/** Until the first picture is there: what is wanted is said afterwards, and nothing of the beginning shall be missing. */
const everything: SourceWants = { frames: true, chunks: true, audio: true };

const framesOnly: SourceWants = { frames: true, chunks: false, audio: false };

/**
 * Files, URLs, devices and filter graphs through FFmpeg: pictures, decoded or as they are, and sound. Packets are read one at a
 * time, in this source's own loop, no further ahead than their interleaving asks for, and nothing runs while nobody reads.
 */
export class LibavSource implements MediaSource {
  readonly #plan: (signal: AbortSignal) => InputPlan | Promise<InputPlan>;
  readonly #options: SourceOptions;
  readonly #stop: SourceStop = new SourceStop();
  readonly #upright: Upright = new Upright();
  readonly #sound: SoundTimeline = new SoundTimeline();
  /** What came before the first picture, and that one. */
  readonly #held: SourceItem[] = [];
  #frameClock: FrameClock | null = null;
  #input: MediaInput | null = null;
  #run: InputRun | null = null;
  #info: SourceInfo | null = null;
  #facts: Omit<SourceInfo, 'audio' | keyof Passing> | null = null;
  #passing: Passing = { encoded: null };
  /** What was found to be wrong with its packets holds for later starts. */
  #refused: string | null = null;
  #heard: SoundInfo | null = null;
  #wants: SourceWants = framesOnly;
  /** True until the first picture came. */
  #starting = false;

  /** @param plan - Called at each opening; may take its time (a page's address to be resolved). */
  constructor(
    plan: (signal: AbortSignal) => InputPlan | Promise<InputPlan>,
    options: SourceOptions,
  ) {
    this.#plan = plan;
    this.#options = options;
  }

  get info(): SourceInfo | null {
    return this.#info;
  }

  get wants(): SourceWants {
    return this.#wants;
  }

  set wants(wants: SourceWants) {
    this.#wants = { ...wants };
  }

  /** Opens the input and decodes its first picture. @throws {SourceError} */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    await this.#stop.starting(
      signal,
      () => this.#input?.interrupt(),
      () => this.#start(),
    );
  }

  async next(): Promise<SourceItem | null> {
    return this.#stop.reading(async () => {
      for (;;) {
        const item = this.#held.shift() ?? (await this.#produce());
        if (item === null || this.#isWanted(item)) return item;
        if (item.kind === 'frame') item.frame.close();
      }
    });
  }

  async read(): Promise<VideoFrame | null> {
    this.#wants = framesOnly;
    const item = await this.next();
    return item?.kind === 'frame' ? item.frame : null;
  }

  async stop(): Promise<void> {
    await this.#stop.stop(
      () => this.#input?.interrupt(),
      async () => {
        for (const item of this.#held.splice(0)) if (item.kind === 'frame') item.frame.close();
        await this.#closeRun();
        this.#upright[Symbol.dispose]();
      },
    );
  }

  async #start(): Promise<void> {
    const plan = await this.#plan(this.#stop.signal);
    this.#starting = true;
    const { live, pacing, framerate } = await this.#open(plan, 0);
    const first = await this.#firstFrame();
    this.#starting = false;
    if (this.#stop.stopped) return;
    if (first === null) {
      throw new SourceError(`${plan.label} has a video stream but no picture could be decoded`, {
        code: 'source-unreadable',
        retryable: plan.kind !== 'file',
      });
    }
    const { codedWidth, codedHeight } = first;
    this.#facts = { codedWidth, codedHeight, framerate, live, pacing };
    this.#changed({});
  }

  /** Reads up to the first picture, and keeps what comes. */
  async #firstFrame(): Promise<VideoFrame | null> {
    for (;;) {
      const item = (await this.#run?.next()) ?? null;
      if (item === null) return null;
      this.#held.push(item);
      if (item.kind === 'frame') return item.frame;
    }
  }

  async #produce(): Promise<SourceItem | null> {
    for (;;) {
      if (this.#stop.stopped || this.#run === null) return null;
      const item = await this.#run.next();
      if (item !== null || !(await this.#startOver())) return item;
    }
  }

  #isWanted({ kind }: SourceItem): boolean {
    const { frames, audio } = this.#wants;
    if (kind === 'audio') return audio;
    const chunks = this.#wants.chunks && this.#passing.encoded !== null;
    // Something has to keep the pace.
    return kind === 'chunk' ? chunks : frames || !chunks;
  }

  /** Tells what is known by now, once there is anything to tell. */
  #changed({ passing, heard }: { passing?: Passing; heard?: SoundInfo | null }): void {
    if (passing !== undefined) this.#passing = passing;
    if (heard !== undefined) this.#heard = heard;
    if (this.#facts === null) return;
    const info = { ...this.#facts, ...this.#passing, audio: this.#heard };
    // The same as long as nothing changes, so that readers can tell.
    if (JSON.stringify(info) !== JSON.stringify(this.#info)) this.#info = info;
  }

  async #startOver(): Promise<boolean> {
    // An input that brought no picture this time will bring none the next time either.
    if (this.#options.loop !== true || this.#run?.begun !== true) return false;
    const plan = await this.#plan(this.#stop.signal);
    await this.#closeRun();
    if (this.#stop.stopped) return false;
    const shown = this.#frameClock?.expected ?? 0;
    await this.#open(plan, Math.max(shown, Math.round(this.#sound.end - toleratedRest)));
    return true;
  }

  async #open(plan: InputPlan, base: number): Promise<InputTiming> {
    const { logger, openTimeoutMs = 10_000, readTimeoutMs = 10_000 } = this.#options;
    const tryHardware = this.#options.hardwareAcceleration === 'prefer-hardware';
    const patient = plan.kind === 'file';
    const input = new MediaInput(plan, {
      open: patient ? Infinity : openTimeoutMs,
      read: patient ? Infinity : readTimeoutMs,
    });
    this.#input = input;
    if (this.#stop.stopped) input.interrupt();
    try {
      await input.open();
      const timing = timingOf(plan, input);
      const decoding = new PictureDecoding(
        { codecpar: input.stream.codecpar, timeBase: microsecond },
        { logger, lowDelay: plan.live !== false, tryHardware },
      );
      // A second run is for those who take its packets as they are, perhaps.
      if (this.#starting) await decoding.start();
      this.#run = this.#createRun(plan, input, timing, decoding, base);
      await this.#look(this.#run, timing);
      return timing;
    } catch (error) {
      await this.#closeRun();
      throw error instanceof NotSupportedError
        ? new SourceError(`${plan.label} uses a video codec that this FFmpeg cannot decode`, {
            code: 'source-unreadable',
            cause: error,
          })
        : error;
    }
  }

  #createRun(
    { label }: InputPlan,
    input: MediaInput,
    timing: InputTiming,
    decoding: PictureDecoding,
    base: number,
  ): InputRun {
    const untouched = this.#refused ?? passableStream(input, timing);
    const sound = new RunSound({
      stream: input.sound,
      timeline: this.#sound,
      label,
      logger: this.#options.logger,
      onSilence: () => this.#changed({ heard: null }),
    });
    this.#frameClock ??= new FrameClock(timing);
    this.#changed({ passing: passingOf(untouched, input, timing), heard: heardOf(sound, input) });
    return new InputRun({
      input,
      clock: new RunClock(base),
      decoding,
      sound,
      frameClock: this.#frameClock,
      upright: this.#upright,
      untouched: typeof untouched === 'string' ? null : untouched,
      awaited: untouched === unconfigured ? (packet) => passableFrom(input, packet) : null,
      onFound: (found) => this.#changed({ passing: passingOf(found, input, timing) }),
      wants: () => (this.#starting ? everything : this.#wants),
      onObstacle: (why) => {
        this.#refused = why;
        this.#changed({ passing: { encoded: null, whyNotEncoded: why } });
      },
    });
  }

  /** Looks at the first packets before any goes out. */
  async #look(run: InputRun, { pacing }: InputTiming): Promise<void> {
    const ahead = pacing === 'timestamp';
    if (ahead) run.readAhead();
    if (this.#passing.encoded === null) return;
    const why = obstacleIn(await run.peek(ahead ? lookedAt : 1), !ahead);
    if (why !== null) run.refuse(why);
  }

  async #closeRun(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    await run?.close();
    await this.#input?.close();
  }
}

function passingOf(
  untouched: UntouchedStream | string,
  { stream }: MediaInput,
  { framerate }: InputTiming,
): Passing {
  if (typeof untouched === 'string') return { encoded: null, whyNotEncoded: untouched };
  const { codec, profile } = untouched;
  const { width: codedWidth, height: codedHeight, bitRate } = stream.codecpar;
  const bitrate = bitRate > 0n ? Number(bitRate) : null;
  return { encoded: { codec, codedWidth, codedHeight, framerate, profile, bitrate } };
}

function heardOf(sound: RunSound, { sound: stream }: MediaInput): SoundInfo | null {
  if (!sound.works || stream === null) return null;
  const { sampleRate, channels } = stream.codecpar;
  return { sampleRate, numberOfChannels: Math.min(channels, 2) };
}
