import { randomUUID } from 'node:crypto';
import { InvalidStateError, StreamError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { ViewerOffer } from '../rtc/peer-offer.js';
import { DeliveryHost } from './delivery-host.js';
import { HostedViewer } from './hosted-viewer.js';
import { JoinQueue } from './join-queue.js';
import type { HostAcceptOptions, TellViewerEvent, ViewerHost } from './viewer-host.js';

/** Each viewer that connects holds sockets, and need not be a viewer at all. */
const maxConnecting = 64;
/** One that was answered so long ago, ms, and never heard of gives way to newcomers. */
const graceMs = 1000;

/** How a {@link Delivery} works. */
export interface DeliveryOptions {
  logger: Logger;
}

/** How `Delivery.accept` answers. */
export interface DeliveryAcceptOptions extends HostAcceptOptions {
  /** Names the session in logs and lists. Default: a random UUID. */
  id?: string;
  /** Gives up waiting and answering, and rejects with its reason; of no effect afterwards. */
  signal?: AbortSignal;
}

/** One host with its viewers, those included whose offer is being answered. */
interface Post {
  host: ViewerHost;
  readonly viewers: Set<HostedViewer>;
}

/**
 * Brings streams to viewers: owns the hosts that serve them, and shows every viewer as one and the same kind of
 * session, whichever thread it is served in. Newcomers go to the host with the fewest viewers.
 */
export class Delivery {
  readonly #logger: Logger;
  readonly #posts: readonly Post[];
  readonly #viewers: Map<string, { viewer: HostedViewer; since: number }> = new Map();
  readonly #queue: JoinQueue;
  #closing: Promise<void> | null = null;

  constructor({ logger }: DeliveryOptions) {
    this.#logger = logger;
    this.#posts = [{ host: new DeliveryHost({ tell: this.#tell, logger }), viewers: new Set() }];
    this.#queue = new JoinQueue(this.#posts.length, () => this.#makeRoom());
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /**
   * Answers an offer, when its turn has come: of a crowd some connect at a time. Resolves when the answer is complete;
   * the connection comes up afterwards. The caller closes the session.
   *
   * @throws {LimitExceededError} `too-many-connecting` when too many wait for their turn; `no-free-port` when
   *   `icePortRange` is used up.
   * @throws {TypeError} for announced addresses that are none; {InvalidStateError} after {@link close}.
   * @throws `signal.reason` when aborted; nothing is left open then.
   */
  async accept(offer: ViewerOffer, options: DeliveryAcceptOptions): Promise<HostedViewer> {
    this.#assertOpen();
    const ticket = await this.#queue.enter(options.signal);
    try {
      const viewer = await this.#accept(offer, options);
      ticket.use({
        get heard() {
          return viewer.heard;
        },
        get settled() {
          return viewer.connectionState !== 'connecting';
        },
      });
      return viewer;
    } catch (error) {
      ticket.release();
      throw error;
    }
  }

  /** The renditions of a codec are others now; those on their way to a viewer go on until it has moved. */
  setLadder(streamName: string, codec: VideoCodecName, ladder: readonly RenditionInfo[]): void {
    for (const { host } of this.#posts) host.setLadder(streamName, codec, ladder);
  }

  /**
   * Sends a JSON value to all viewers of a stream; see `ViewerSession.sendMessage`.
   *
   * @throws {TypeError} when `value` cannot be written as JSON.
   */
  broadcast(streamName: string, value: unknown): void {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`value: expected JSON, got ${typeof value}`);
    for (const { host } of this.#posts) host.broadcast(streamName, text);
  }

  /** Closes all sessions that are left, and the hosts; resolves when nothing of them is left. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#queue.close(new InvalidStateError('delivery is closed'));
    const viewers = [...this.#viewers.values()].map(({ viewer }) => viewer.close('server-closed'));
    await Promise.all([...viewers, ...this.#posts.map(({ host }) => host.close())]);
  }

  #assertOpen(): void {
    if (this.closed) throw new InvalidStateError('delivery is closed');
  }

  readonly #tell: TellViewerEvent = (id, event) => {
    this.#viewers.get(id)?.viewer.take(event);
    if (event.kind === 'gone') this.#viewers.delete(id);
  };

  async #accept(
    offer: ViewerOffer,
    { id = randomUUID(), signal, ...options }: DeliveryAcceptOptions,
  ): Promise<HostedViewer> {
    this.#assertOpen();
    const post = this.#leastLoaded();
    const { codec } = offer.video.codec;
    const logger = this.#logger.child({ session: id });
    const { streamName } = options;
    const viewer = new HostedViewer({ id, codec, streamName, host: post.host, logger });
    this.#viewers.set(id, { viewer, since: performance.now() });
    post.viewers.add(viewer);
    viewer.once('close', () => post.viewers.delete(viewer));
    try {
      viewer.accepted(await post.host.accept(id, offer, options, signal));
      // It had to give way while its answer waited for a STUN server: its host did not know it yet.
      if (viewer.connectionState === 'closed') post.host.release(id, 'gave-way');
      return viewer;
    } catch (error) {
      this.#viewers.delete(id);
      post.viewers.delete(viewer);
      throw error;
    }
  }

  #leastLoaded(): Post {
    const open = this.#posts.filter(({ host }) => !host.closed);
    const [first, ...others] = open;
    if (first === undefined) {
      throw new StreamError('no host is ready', { code: 'worker-lost' });
    }
    return others.reduce((a, b) => (b.viewers.size < a.viewers.size ? b : a), first);
  }

  /** Whether one more may connect; where too many do, the oldest gives way of whom nothing was heard. */
  #makeRoom(): boolean {
    const now = performance.now();
    const connecting = [...this.#viewers.values()].filter(
      ({ viewer }) => viewer.connectionState === 'connecting',
    );
    if (connecting.length < maxConnecting) return true;
    const idle = connecting.find(({ viewer, since }) => !viewer.heard && now - since >= graceMs);
    void idle?.viewer.close('gave-way');
    return idle !== undefined;
  }
}
