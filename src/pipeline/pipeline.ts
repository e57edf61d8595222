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
import { CardPlayer } from './card-player.js';
import { cardFor } from './card-for.js';
import { Ladder } from './ladder.js';
import { Mailbox } from './mailbox.js';
import { PassThrough } from './pass-through.js';
import { RateLimit } from './rate-limit.js';
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
import { ViewerSubscription } from './viewer-subscription.js';

/** When a source takes longer than this to open, ms, viewers are shown that it is being opened. */
const patienceMs = 1500;

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
  readonly #mailbox = new Mailbox<VideoFrame>((frame) => frame.close());
  readonly #rate = new RateMeter();
  readonly #cards: CardPlayer;
  readonly #limit: RateLimit;
  /** `null`: the stream has none. */
  readonly #sound: StreamSound | null;
  readonly #subscriptions = new Set<ViewerSubscription>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Those of connected viewers. */
  readonly #audience = new Set<ViewerSubscription>();
  readonly #counts = { read: 0, late: 0, thinned: 0 };
  #status: StreamStatus = { state: 'idle' };
  #info: StreamInfo | null = null;
  #wantsAudio = false;
  #decodes = true;
  #frameNumber = 0;
  #idle: NodeJS.Timeout | undefined;
  #closing: Promise<void> | null = null;
  #wakeUp: () => void = () => undefined;

  constructor(options: PipelineOptions) {
    super();
    this.name = options.name;
    this.#options = options;
    this.#limit = new RateLimit(options.framerate);
    const { source: factory, infiniteFrames, startDelayMs, logger, bitrate, renditions } = options;
    this.#ladder = new Ladder({ bitrate, ...(renditions && { levels: renditions }) });
    const framerate = (): number => options.framerate ?? this.#info?.framerate ?? 30;
    this.#renditions = new Renditions(this.#ladder, { ...options, framerate }, () => this.#want());
    this.#passThrough = new PassThrough({
      enabled: options.passThrough ?? true,
      maxBitrate: options.maxPassedBitrate ?? null,
      framerate: options.framerate,
      touchesPixels: () => options.transforms.touchesPixels,
      logger,
      changed: () => this.#passes(),
    });
    this.#cards = new CardPlayer((frame) => this.#renditions.deliver(frame), logger);
    this.#supervisor = new SourceSupervisor(
      { factory, infiniteFrames, startDelayMs, logger },
      {
        opened: (info) => this.#opened(info),
        changed: (info) => this.#passThrough.opened(info),
        chunk: (chunk) => this.#passed(chunk),
        frame: (frame) => this.#received(frame),
        audio: (audio, timestamp) => this.#sound?.fromSource(audio, timestamp),
        late: () => (this.#counts.late += 1),
        audience: (signal) => this.#someoneReady(signal),
        status: (status) => this.#setStatus(status),
      },
    );
    this.#sound = options.audio === false ? null : this.#createSound();
    void this.#transform();
  }

  /** Where the stream stands. */
  get status(): StreamStatus {
    return this.#status;
  }

  /** The source's pictures, `null` until it was first opened. */
  get info(): StreamInfo | null {
    return this.#info;
  }

  /** Viewers of all codecs. */
  get viewers(): number {
    return this.#subscriptions.size;
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
    this.#subscriptions.add(subscription);
    this.#want();
    this.#start();
    return subscription;
  }

  /** What has been done so far; a copy. */
  stats(): PipelineStats {
    const { read, late, thinned } = this.#counts;
    const transforms = this.#options.transforms.stats;
    return {
      state: this.#status.state,
      viewers: this.viewers,
      framesRead: read,
      sourceFrameRate: this.#rate.rate,
      framesLate: late,
      framesDropped: {
        framerateLimit: thinned,
        transformBusy: this.#mailbox.replaced,
        transformDropped: transforms.dropped - transforms.failed,
        transformFailed: transforms.failed,
      },
      transforms,
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
    for (const timer of this.#timers) clearTimeout(timer);
    this.#cards.stop();
    // At the same time: a source waits for the start of transforms that may hang.
    const transformsClosed = this.#options.transforms.close();
    const soundClosed = this.#sound?.close();
    await this.#supervisor.close();
    await soundClosed;
    this.#mailbox.close();
    await transformsClosed;
    await this.#renditions.close();
    this.#subscriptions.clear();
    this.#audience.clear();
    this.removeAllListeners();
  }

  #start(): void {
    const again = this.#options.source.reopenable && this.#subscriptions.size === 1;
    if (!this.#over || again) {
      this.#supervisor.resume();
      return;
    }
    const card = cardFor(this.#status);
    if (card !== null && !this.#cards.showing) this.#cards.show(card, this.#info);
  }

  #createSound(): StreamSound {
    const { transforms, logger, sound = null } = this.#options;
    const send = (message: unknown): void => this.#send(message);
    return new StreamSound({
      factory: sound,
      transforms,
      context: () => this.#info && { info: this.#info, send },
      wantFromSource: (wanted) => {
        this.#wantsAudio = wanted;
        this.#want();
      },
      pictureDelayMs: () => this.#renditions.delayMs,
      logger: logger.child({ sound: true }),
    });
  }

  #playSound(): void {
    const listeners = [...this.#audience].filter(({ listens }) => listens);
    this.#sound?.play(new Set(listeners.map(({ sink }) => sink)));
  }

  #ready(subscription: ViewerSubscription): void {
    this.#audience.add(subscription);
    this.#playSound();
    this.#wakeUp();
    if (this.#over) this.#sendOff(subscription);
  }

  /** Resolves when a viewer is ready for pictures, or `signal` aborts. */
  #someoneReady(signal: AbortSignal): Promise<void> {
    if (this.#audience.size > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wakeUp = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  get #over(): boolean {
    return this.#status.state === 'ended' || this.#status.state === 'failed';
  }

  #left(subscription: ViewerSubscription): void {
    this.#subscriptions.delete(subscription);
    this.#audience.delete(subscription);
    this.#playSound();
    this.#want();
    this.#sleepLater();
  }

  #sleepLater(): void {
    if (this.#subscriptions.size > 0 || this.closed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#sleep(), this.#options.idleMs ?? 5000);
    this.#idle.unref();
  }

  /** Nobody has watched for a while. */
  async #sleep(): Promise<void> {
    this.#cards.stop();
    this.#mailbox.clear();
    this.#renditions.forgetLast();
    const over = this.#over;
    await this.#supervisor.suspend();
    if (!over && this.#subscriptions.size === 0) this.#setStatus({ state: 'idle' });
  }

  async #opened(info: SourceInfo): Promise<void> {
    const { name, source, transforms } = this.#options;
    const { codedWidth, codedHeight, framerate, live } = info;
    const next = { name, source: source.label, codedWidth, codedHeight, framerate, live };
    this.#sound?.opened();
    this.#passThrough.opened(info);
    const same = this.#info !== null && JSON.stringify(this.#info) === JSON.stringify(next);
    this.#info = next;
    if (!transforms.touchesPixels) this.#resized(info);
    if (!same) await transforms.start(next);
  }

  /** Asks the source for what is made use of: a picture that nobody encodes need not be decoded. */
  #want(): void {
    const passed = this.#passThrough.rendition;
    const takers = [...this.#subscriptions].some(({ codec }) => codec === passed?.codec);
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
    const watched = this.#audience.size > 0;
    if (!watched || !this.#limit.keeps(frame.timestamp)) {
      if (watched) this.#counts.thinned += 1;
      frame.close();
      return;
    }
    this.#mailbox.put(frame);
  }

  async #transform(): Promise<void> {
    const { transforms } = this.#options;
    for (;;) {
      const frame = await this.#mailbox.take();
      if (frame === null) return;
      await this.#sizeChanged(frame);
      const info = this.#info as StreamInfo;
      const output = await transforms.apply(frame, {
        info,
        frameNumber: this.#frameNumber++,
        frameRate: this.#rate.rate,
        send: (message) => this.#send(message),
      });
      if (output === null) continue;
      // What a slow transform brings after the stream has ended would flicker between the cards.
      if (this.#cards.showing) {
        output.close();
        continue;
      }
      this.#resized(output);
      this.#renditions.deliver(output);
    }
  }

  /** The ladder follows the pictures that viewers get, not the cards between them. */
  #resized({ codedWidth: width, codedHeight: height }: StreamInfo | VideoFrame | SourceInfo): void {
    if (!this.#ladder.resize({ width, height })) return;
    this.#renditions.ladderChanged();
    // For viewers that are about to come as well: they have been told of the ladder already.
    for (const codec of videoCodecNames) this.emit('ladder', codec);
  }

  /** A source may change its picture size on the way; transforms are told before they see it. */
  async #sizeChanged({ codedWidth, codedHeight }: VideoFrame): Promise<void> {
    const info = this.#info;
    if (info === null) return;
    if (info.codedWidth === codedWidth && info.codedHeight === codedHeight) return;
    this.#info = { ...info, codedWidth, codedHeight };
    await this.#options.transforms.start(this.#info);
  }

  #send(message: unknown): void {
    if (JSON.stringify(message) === undefined) {
      throw new TypeError(`message: expected a JSON value, got ${typeof message}`);
    }
    this.emit('message', message);
  }

  #setStatus(status: StreamStatus): void {
    const { state, reason } = this.#status;
    if (this.closed || (state === status.state && reason === status.reason)) return;
    this.#status = status;
    this.#passThrough.live = /^(idle|connecting|live)$/.test(status.state);
    const card = cardFor(status);
    if (card === null) this.#cards.stop();
    else this.#cards.show(card, this.#renditions.last ?? this.#info);
    if (status.state === 'connecting') this.#after(patienceMs, () => this.#stillConnecting());
    if (this.#over) for (const subscription of this.#audience) this.#sendOff(subscription);
    this.emit('status', status);
  }

  #stillConnecting(): void {
    const { state, reason = '' } = this.#status;
    if (state !== 'connecting' || this.viewers === 0) return;
    this.#cards.show({ title: 'Connecting…', text: reason }, this.#info);
  }

  /** Shows a viewer the end for a while, then tells it that nothing else will come. */
  #sendOff(subscription: ViewerSubscription): void {
    this.#after(this.#options.endMs ?? 3000, () => {
      if (this.#over && this.#audience.has(subscription)) {
        subscription.end(this.#status.reason ?? '');
      }
    });
  }

  #after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}
