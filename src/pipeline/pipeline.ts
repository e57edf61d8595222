import { InvalidStateError } from '../errors.js';
import type { StreamInfo } from '../media/contracts.js';
import type { EncodableCodecName } from '../media/encoded-video-chunk.js';
import type { VideoFrame } from '../media/video-frame.js';
import type { SourceInfo } from '../source/source-factory.js';
import { TypedEmitter } from '../util/typed-emitter.js';
import { CardPlayer } from './card-player.js';
import { cardFor } from './card-for.js';
import { Mailbox } from './mailbox.js';
import { RateLimit } from './rate-limit.js';
import type { KeyFrameReason } from './key-frame-policy.js';
import { RateMeter } from './rate-meter.js';
import { Rendition } from './rendition.js';
import type { ChunkSink } from './rendition.js';
import type {
  PipelineEvents,
  PipelineOptions,
  PipelineStats,
  Subscription,
} from './pipeline-types.js';
import { SourceSupervisor } from './source-supervisor.js';
import type { StreamStatus } from './status.js';

/** When no picture has come for so long after a viewer joined, ms, the last one is sent again. */
const repeatMs = 100;
/**
 * How long an encoder stays open after its last viewer, ms: a reload finds it ready, and one viewer after
 * another does not have its memory given out anew each time, which fragments the heaps of FFmpeg's threads.
 */
const lingerMs = 1000;
/** When a source takes longer than this to open, ms, viewers are shown that it is being opened. */
const patienceMs = 1500;

/**
 * One stream: a source, its transforms, and an encoder for each codec that somebody watches.
 * Nothing runs before the first `subscribe()`.
 */
export class Pipeline extends TypedEmitter<PipelineEvents> {
  /** Name of the stream, as in the options. */
  readonly name: string;
  readonly #options: PipelineOptions;
  readonly #supervisor: SourceSupervisor;
  readonly #renditions = new Map<EncodableCodecName, Rendition>();
  readonly #mailbox = new Mailbox<VideoFrame>((frame) => frame.close());
  readonly #rate = new RateMeter();
  readonly #cards: CardPlayer;
  readonly #limit: RateLimit;
  readonly #subscriptions = new Set<Subscription>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #lingering = new Map<Rendition, NodeJS.Timeout>();
  readonly #repeating = new Set<Rendition>();
  readonly #audience = new Set<ChunkSink>();
  readonly #counts = { read: 0, thinned: 0 };
  #status: StreamStatus = { state: 'idle' };
  #info: StreamInfo | null = null;
  #last: VideoFrame | null = null;
  #lastTime = 0;
  #frameNumber = 0;
  #idle: NodeJS.Timeout | undefined;
  #closing: Promise<void> | null = null;
  #wakeUp: () => void = () => undefined;

  constructor(options: PipelineOptions) {
    super();
    this.name = options.name;
    this.#options = options;
    this.#limit = new RateLimit(options.framerate);
    this.#cards = new CardPlayer((frame) => this.#deliver(frame), options.logger);
    const { source: factory, infiniteFrames, startDelayMs, logger } = options;
    this.#supervisor = new SourceSupervisor(
      { factory, infiniteFrames, startDelayMs, logger },
      {
        opened: (info) => this.#opened(info),
        frame: (frame) => this.#received(frame),
        audience: (signal) => this.#someoneReady(signal),
        status: (status) => this.#setStatus(status),
      },
    );
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
   * Sends the stream to `sink`, encoded with `codec`, until the subscription is closed. Opens the
   * source where it is not open yet; pictures come once the subscription is `ready()`.
   *
   * @throws {InvalidStateError} after `close()`.
   */
  subscribe(codec: EncodableCodecName, sink: ChunkSink): Subscription {
    if (this.closed) throw new InvalidStateError(`stream ${this.name} is closed`);
    clearTimeout(this.#idle);
    const rendition = this.#rendition(codec);
    clearTimeout(this.#lingering.get(rendition));
    this.#lingering.delete(rendition);
    rendition.add(sink);
    const subscription = this.#subscription(rendition, sink);
    this.#subscriptions.add(subscription);
    this.#start();
    return subscription;
  }

  /** What has been done so far; a copy. */
  stats(): PipelineStats {
    return {
      framesRead: this.#counts.read,
      sourceFrameRate: this.#rate.rate,
      framesThinnedOut: this.#counts.thinned,
      framesDropped: this.#mailbox.replaced,
      transforms: this.#options.transforms.stats,
      renditions: [...this.#renditions.values()].map((rendition) => rendition.stats()),
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
    for (const timer of [...this.#timers, ...this.#lingering.values()]) clearTimeout(timer);
    this.#cards.stop();
    // At the same time: a source waits for the start of transforms that may hang.
    const transformsClosed = this.#options.transforms.close();
    await this.#supervisor.close();
    this.#mailbox.close();
    await transformsClosed;
    await Promise.all([...this.#renditions.values()].map((rendition) => rendition.close()));
    this.#renditions.clear();
    this.#subscriptions.clear();
    this.#audience.clear();
    this.#forgetLast();
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

  #subscription(rendition: Rendition, sink: ChunkSink): Subscription {
    const request = (reason: KeyFrameReason): void => {
      rendition.requestKeyFrame(reason, sink);
      this.#repeatSoon(rendition);
    };
    const subscription: Subscription = {
      ready: () => {
        if (!this.#subscriptions.has(subscription)) return;
        request('join');
        if (this.#audience.has(sink)) return;
        this.#audience.add(sink);
        this.#wakeUp();
        if (this.#over) this.#sendOff(sink);
      },
      requestKeyFrame: () => {
        if (this.#audience.has(sink)) request('loss');
      },
      close: () => {
        if (!this.#subscriptions.delete(subscription)) return;
        this.#audience.delete(sink);
        this.#left(rendition, sink);
      },
    };
    return subscription;
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

  #rendition(codec: EncodableCodecName): Rendition {
    const known = this.#renditions.get(codec);
    if (known) return known;
    const { framerate, logger } = this.#options;
    const rendition = new Rendition(codec, {
      ...this.#options,
      framerate: () => framerate ?? this.#info?.framerate ?? 30,
      logger: logger.child({ codec }),
    });
    this.#renditions.set(codec, rendition);
    return rendition;
  }

  #left(rendition: Rendition, sink: ChunkSink): void {
    rendition.remove(sink);
    if (rendition.viewers === 0) this.#retireLater(rendition);
    if (this.#subscriptions.size > 0 || this.closed) return;
    this.#idle = setTimeout(() => void this.#sleep(), this.#options.idleMs ?? 5000);
    this.#idle.unref();
  }

  /** Closes an encoder that nobody comes back to; `subscribe()` calls it off. */
  #retireLater(rendition: Rendition): void {
    const timer = setTimeout(() => {
      this.#lingering.delete(rendition);
      this.#renditions.delete(rendition.codec);
      void rendition.close();
    }, lingerMs);
    this.#lingering.set(rendition, timer);
  }

  /** Nobody has watched for a while. */
  async #sleep(): Promise<void> {
    this.#cards.stop();
    this.#mailbox.clear();
    this.#forgetLast();
    const over = this.#over;
    await this.#supervisor.suspend();
    if (!over && this.#subscriptions.size === 0) this.#setStatus({ state: 'idle' });
  }

  async #opened(info: SourceInfo): Promise<void> {
    const { name, source, transforms } = this.#options;
    const { codedWidth, codedHeight, framerate, live } = info;
    const next = { name, source: source.label, codedWidth, codedHeight, framerate, live };
    const same = this.#info !== null && JSON.stringify(this.#info) === JSON.stringify(next);
    this.#info = next;
    if (!same) await transforms.start(next);
  }

  #received(frame: VideoFrame): void {
    this.#counts.read += 1;
    this.#rate.mark();
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
      if (this.#cards.showing) output.close();
      else this.#deliver(output);
    }
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

  /** Hands a picture to every encoder. Owns the frame. */
  #deliver(frame: VideoFrame): void {
    if (this.closed) {
      frame.close();
      return;
    }
    this.#lastTime = Math.max(this.#lastTime + 1, frame.timestamp);
    this.#forgetLast();
    this.#last = frame;
    for (const rendition of this.#renditions.values()) {
      if (rendition.viewers > 0) this.#offer(rendition, frame);
    }
  }

  #offer(rendition: Rendition, frame: VideoFrame): void {
    rendition.offer(frame.clone({ timestamp: this.#lastTime }));
  }

  /** A viewer waits for a key frame. Where the source is slow, the last picture serves. */
  #repeatSoon(rendition: Rendition, ms: number = repeatMs): void {
    if (this.#repeating.has(rendition)) return;
    this.#repeating.add(rendition);
    this.#after(ms, () => {
      this.#repeating.delete(rendition);
      const waitMs = rendition.keyFrameInMs;
      if (rendition.viewers === 0 || this.#last === null || waitMs === Infinity) return;
      if (waitMs > 0) {
        this.#repeatSoon(rendition, waitMs);
        return;
      }
      this.#lastTime = Math.max(this.#lastTime + 1, Math.round(performance.now() * 1000));
      this.#offer(rendition, this.#last);
    });
  }

  #forgetLast(): void {
    this.#last?.close();
    this.#last = null;
  }

  #setStatus(status: StreamStatus): void {
    const { state, reason } = this.#status;
    if (this.closed || (state === status.state && reason === status.reason)) return;
    this.#status = status;
    const card = cardFor(status);
    if (card === null) this.#cards.stop();
    else this.#cards.show(card, this.#last ?? this.#info);
    if (status.state === 'connecting') this.#after(patienceMs, () => this.#stillConnecting());
    if (this.#over) for (const sink of this.#audience) this.#sendOff(sink);
    this.emit('status', status);
  }

  #stillConnecting(): void {
    const { state, reason = '' } = this.#status;
    if (state !== 'connecting' || this.viewers === 0) return;
    this.#cards.show({ title: 'Connecting…', text: reason }, this.#info);
  }

  /** Shows a viewer the end for a while, then tells it that nothing else will come. */
  #sendOff(sink: ChunkSink): void {
    this.#after(this.#options.endMs ?? 3000, () => {
      if (this.#over && this.#audience.has(sink)) sink.end?.(this.#status.reason ?? '');
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
