import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { ChunkSink, SubscribeOptions, Subscription } from './pipeline-types.js';
import type { RenditionHolder } from './rendition-holders.js';
import type { Renditions } from './renditions.js';

/** What a subscription tells its pipeline. */
export interface SubscriptionListener {
  /** The viewer is connected, for the first time. */
  ready(subscription: ViewerSubscription): void;
  /** It listens now, or no more. */
  listens(subscription: ViewerSubscription): void;
  /** The viewer has left. */
  closed(subscription: ViewerSubscription): void;
}

/** One viewer's hold on a stream. */
export class ViewerSubscription implements Subscription, RenditionHolder {
  readonly viewer: string;
  readonly sink: ChunkSink;
  readonly codec: VideoCodecName;
  readonly #options: SubscribeOptions;
  readonly #renditions: Renditions;
  readonly #listener: SubscriptionListener;
  readonly #takesAudio: boolean;
  #listening = true;
  #ready = false;
  #closed = false;
  #bitrateLimit: number | null = null;

  constructor(options: SubscribeOptions, renditions: Renditions, listener: SubscriptionListener) {
    this.viewer = options.viewer;
    this.sink = options.sink;
    this.codec = options.codec;
    this.#takesAudio = options.audio ?? false;
    this.#options = options;
    this.#renditions = renditions;
    this.#listener = listener;
  }

  get bitrateLimit(): number | null {
    return this.#bitrateLimit;
  }

  ready(): void {
    if (this.#closed) return;
    const first = !this.#ready;
    if (first) {
      this.#ready = true;
      this.#renditions.activate(this);
    }
    this.#renditions.requestKeyFrame(this, 'join');
    if (first) this.#listener.ready(this);
  }

  /** True from the first `ready()` on. */
  get isReady(): boolean {
    return this.#ready;
  }

  requestKeyFrame(rendition?: string): void {
    if (!this.#closed && this.#ready) this.#renditions.requestKeyFrame(this, 'loss', rendition);
  }

  take(rendition: string): boolean {
    return !this.#closed && this.#renditions.take(this, this.codec, rendition);
  }

  drop(rendition: string): void {
    this.#renditions.drop(this, rendition);
  }

  limit(bitrate: number | null): void {
    this.#bitrateLimit = bitrate;
  }

  listen(listening: boolean): void {
    if (this.#closed || this.#listening === listening) return;
    this.#listening = listening;
    this.#listener.listens(this);
  }

  /** True while the viewer takes sound and listens to it. */
  get listens(): boolean {
    return this.#takesAudio && this.#listening;
  }

  /** Tells the viewer that the stream is over. */
  end(reason: string): void {
    this.#options.end?.(reason);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#renditions.drop(this);
    this.#listener.closed(this);
  }
}
