import { InvalidStateError } from '../errors.js';
import type { StreamInfo } from '../media/contracts.js';
import { videoCodecNames } from '../media/encoded-video-chunk.js';
import type {
  EncodedPictures,
  EncodedVideoChunk,
  VideoCodecName,
} from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { VideoFrame } from '../media/video-frame.js';
import type { SourceInfo } from '../source/source-factory.js';
import { TypedEmitter } from '../util/typed-emitter.js';
import { Audience } from './audience.js';
import { CardPlayer } from './card-player.js';
import { Ladder } from './ladder.js';
import { PassThrough } from './pass-through.js';
import { RateMeter } from './rate-meter.js';
import { Renditions } from './renditions.js';
import type {
  PipelineEvents,
  PipelineOptions,
  PipelineStats,
  SubscribeOptions,
  Subscription,
} from './pipeline-types.js';
import { StreamSound } from './sound/stream-sound.js';
import { SourceSupervisor } from './source-supervisor.js';
import type { StreamStatus } from './status.js';
import { StreamStanding } from './stream-standing.js';
import { TransformStage } from './transform-stage.js';
import { ViewerSubscription } from './viewer-subscription.js';

/**
 * One stream: a source, its transforms, and an encoder for each rendition that somebody watches.
 * Nothing runs before the first `subscribe()`.
 */
export class Pipeline extends TypedEmitter<PipelineEvents> {
  /** Name of the stream, as in the options. */
  readonly name: string;
  readonly #options: PipelineOptions;
  readonly #supervisor: SourceSupervisor;
  readonly #ladder: Ladder;
  readonly #renditions: Renditions;
  readonly #passThrough: PassThrough;
  readonly #stage: TransformStage;
  readonly #rate = new RateMeter();
  readonly #cards: CardPlayer;
  readonly #standing: StreamStanding;
  /** `null`: the stream has none. */
  readonly #sound: StreamSound | null;
  readonly #audience = new Audience();
  readonly #counts = { read: 0, late: 0 };
  #wantsAudio = false;
  #decodes = true;
  #idle: NodeJS.Timeout | undefined;
  #closing: Promise<void> | null = null;

  constructor(options: PipelineOptions) {
    super();
    this.name = options.name;
    this.#options = options;
    const { bitrate, renditions, logger } = options;
    this.#ladder = new Ladder({ bitrate, ...(renditions && { levels: renditions }) });
    const framerate = (): number => options.framerate ?? this.info?.framerate ?? 30;
    this.#renditions = new Renditions(this.#ladder, { ...options, framerate }, () => this.#want());
    this.#passThrough = new PassThrough({
      enabled: options.passThrough ?? true,
      maxBitrate: options.maxPassedBitrate ?? null,
      codecs: options.passedCodecs ?? null,
      framerate: options.framerate,
      touchesPixels: () => options.transforms.touchesPixels,
      editsSound: () => options.transforms.takesAudio,
      logger,
      changed: () => this.#passes(),
    });
    this.#stage = new TransformStage({
      transforms: options.transforms,
      framerate: options.framerate,
      frameRate: () => this.#rate.rate,
      output: (frame) => this.#edited(frame),
      message: (value) => this.emit('message', value),
    });
    this.#cards = new CardPlayer((frame) => this.#renditions.deliver(frame), logger);
    this.#standing = new StreamStanding({
      audience: this.#audience,
      cards: this.#cards,
      endMs: options.endMs ?? 3000,
      size: () => this.#renditions.last ?? this.info,
      changed: (status) => this.#stands(status),
    });
    this.#supervisor = this.#createSupervisor();
    this.#sound = options.audio === false ? null : this.#createSound();
    options.transforms.on('reload', () => this.#reloaded());
  }

  /** Where the stream stands. */
  get status(): StreamStatus {
    return this.#standing.status;
  }

  /** The source's pictures, `null` until it was first opened. */
  get info(): StreamInfo | null {
    return this.#stage.info;
  }

  /** Viewers of all codecs. */
  get viewers(): number {
    return this.#audience.size;
  }

  /** True after `close()`. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /**
   * What a viewer of this codec can be sent, best first: one rendition before the size of the pictures is known.
   * Empty for a codec that is not to be had. The `ladder` event tells of changes.
   */
  ladder(codec: VideoCodecName): readonly RenditionInfo[] {
    return this.#ladder.renditions(codec);
  }

  /**
   * Compressed pictures of the source that a viewer may take as they are; `null` when there are none, or that is not known in
   * time. Opens the source to find out; without a subscription it is closed again soon.
   *
   * @param waitMs - How long to wait for a source that is not open yet.
   * @internal
   */
  async compressed(waitMs: number): Promise<EncodedPictures | null> {
    const { reopenable, waits = false, compressed = false } = this.#options.source;
    if (!this.#passThrough.possible || this.closed) return null;
    if (!this.#passThrough.known && compressed && reopenable && !waits) {
      this.#start();
      this.#sleepLater();
      await this.#passThrough.judged(waitMs);
    }
    return this.#passThrough.pictures;
  }

  /** Takes what was found out about the source before a viewer came. @internal */
  learned(info: SourceInfo): void {
    if (!this.#passThrough.known) this.#passThrough.opened(info);
  }

  /**
   * Lets a viewer in, until its subscription is closed. Opens the source where it is not open yet; pictures
   * of the renditions it takes come once the subscription is `ready()`.
   *
   * @throws {InvalidStateError} after `close()`.
   */
  subscribe(options: SubscribeOptions): Subscription {
    if (this.closed) throw new InvalidStateError(`stream ${this.name} is closed`);
    clearTimeout(this.#idle);
    const subscription = new ViewerSubscription(options, this.#renditions, {
      ready: () => this.#ready(subscription),
      listens: () => this.#playSound(),
      closed: () => this.#left(subscription),
    });
    this.#audience.add(subscription);
    this.#want();
    this.#start();
    return subscription;
  }

  /** What has been done so far; a copy. */
  stats(): PipelineStats {
    const { read, late } = this.#counts;
    return {
      state: this.status.state,
      viewers: this.viewers,
      framesRead: read,
      sourceFrameRate: this.#rate.rate,
      framesLate: late,
      framesDropped: this.#stage.drops,
      transforms: this.#options.transforms.stats,
      renditions: this.#renditions.stats(),
      sound: this.#sound?.stats ?? null,
    };
  }

  /** Ends source, transforms and encoders. The sinks are told nothing: their owner closes them. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    clearTimeout(this.#idle);
    this.#standing.close();
    // At the same time: a source waits for the start of transforms that may hang.
    const transformsClosed = this.#options.transforms.close();
    const soundClosed = this.#sound?.close();
    await this.#supervisor.close();
    await soundClosed;
    this.#stage.close();
    await transformsClosed;
    await this.#renditions.close();
    this.#audience.clear();
    this.removeAllListeners();
  }

  #createSupervisor(): SourceSupervisor {
    const { source: factory, infiniteFrames, startDelayMs, logger } = this.#options;
    return new SourceSupervisor(
      { factory, infiniteFrames, startDelayMs, logger },
      {
        opened: (info) => this.#opened(info),
        changed: (info) => this.#passThrough.opened(info),
        chunk: (chunk) => this.#passed(chunk),
        frame: (frame) => this.#received(frame),
        audio: (audio, timestamp) => this.#sound?.fromSource(audio, timestamp),
        late: () => (this.#counts.late += 1),
        audience: (signal) => this.#audience.arrival(signal),
        status: (status) => this.#standing.set(status),
      },
    );
  }

  #createSound(): StreamSound {
    const { transforms, logger, sound = null } = this.#options;
    return new StreamSound({
      factory: sound,
      transforms,
      context: () => this.#stage.soundContext,
      wantFromSource: (wanted) => {
        this.#wantsAudio = wanted;
        this.#want();
      },
      pictureDelayMs: () => this.#renditions.delayMs,
      logger: logger.child({ sound: true }),
    });
  }

  #start(): void {
    const again = this.#options.source.reopenable && this.#audience.size === 1;
    if (!this.#standing.over || again) this.#supervisor.resume();
    else this.#standing.showAgain();
  }

  #playSound(): void {
    this.#sound?.play(this.#audience.listeners);
  }

  #ready(subscription: ViewerSubscription): void {
    this.#audience.connect(subscription);
    this.#playSound();
    if (this.#standing.over) this.#standing.sendOff(subscription);
  }

  #left(subscription: ViewerSubscription): void {
    this.#audience.delete(subscription);
    this.#playSound();
    this.#want();
    this.#sleepLater();
  }

  #sleepLater(): void {
    if (this.#audience.size > 0 || this.closed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#sleep(), this.#options.idleMs ?? 5000);
    this.#idle.unref();
  }

  /** Nobody has watched for a while. */
  async #sleep(): Promise<void> {
    this.#cards.stop();
    this.#stage.clear();
    this.#renditions.forgetLast();
    const { over } = this.#standing;
    await this.#supervisor.suspend();
    if (!over && this.#audience.size === 0) this.#standing.set({ state: 'idle' });
  }

  async #opened(info: SourceInfo): Promise<void> {
    const { name, source, transforms } = this.#options;
    const { codedWidth, codedHeight, framerate, live } = info;
    const next = { name, source: source.label, codedWidth, codedHeight, framerate, live };
    this.#sound?.opened();
    this.#passThrough.opened(info);
    const announced = this.#stage.announce(next);
    if (!transforms.touchesPixels) this.#resized(info);
    await announced;
  }

  /** Asks the source for what is made use of: a picture that nobody encodes need not be decoded. */
  #want(): void {
    const passed = this.#passThrough.rendition;
    const takers = passed !== null && this.#audience.takes(passed.codec);
    const frames = !takers || this.#renditions.encodes;
    // The last one would be an old one by the time somebody needs it.
    if (!frames && this.#decodes) this.#renditions.forgetLast();
    this.#decodes = frames;
    this.#supervisor.want({ frames, chunks: takers, audio: this.#wantsAudio });
  }

  /** Viewers can be on the source's own pictures now, or no more, or these are others. */
  #passes(): void {
    const before = this.#ladder.passed;
    const rendition = this.#passThrough.rendition;
    this.#ladder.pass(rendition);
    this.#renditions.ladderChanged();
    this.#want();
    for (const codec of new Set([before?.codec, rendition?.codec])) {
      if (codec !== undefined) this.emit('ladder', codec);
    }
  }

  #passed(chunk: EncodedVideoChunk): void {
    if (!this.#decodes) this.#countRead();
    this.#passThrough.note(chunk);
    this.#renditions.pass(chunk);
  }

  #countRead(): void {
    this.#counts.read += 1;
    this.#rate.mark();
  }

  #received(frame: VideoFrame): void {
    this.#countRead();
    if (this.#audience.connected.size > 0) this.#stage.put(frame);
    else frame.close();
  }

  #edited(frame: VideoFrame): void {
    // What a slow transform brings after the stream has ended would flicker between the cards.
    if (this.#cards.showing) {
      frame.close();
      return;
    }
    this.#resized(frame);
    this.#renditions.deliver(frame);
  }

  /** The ladder follows the pictures that viewers get, not the cards between them. */
  #resized({ codedWidth: width, codedHeight: height }: StreamInfo | VideoFrame | SourceInfo): void {
    if (!this.#ladder.resize({ width, height })) return;
    this.#renditions.ladderChanged();
    // For viewers that are about to come as well: they have been told of the ladder already.
    for (const codec of videoCodecNames) this.emit('ladder', codec);
  }

  /** Pictures may be the transforms' from now on, or no more. */
  #reloaded(): void {
    this.#passThrough.judge();
    if (this.info !== null && !this.#options.transforms.touchesPixels) this.#resized(this.info);
  }

  #stands(status: StreamStatus): void {
    this.#passThrough.live = /^(idle|connecting|live)$/.test(status.state);
    this.emit('status', status);
  }
}
