import { randomUUID } from 'node:crypto';
import { InvalidStateError, StreamError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import type { ViewerOffer } from '../rtc/peer-offer.js';
import { DeliveryHost } from './delivery-host.js';
import { sayFarewells } from './farewell.js';
import { HostedViewer } from './hosted-viewer.js';
import { JoinQueue } from './join-queue.js';
import type { HostAcceptOptions, TellViewerEvent, ViewerHost } from './viewer-host.js';
import { WorkerHost } from './worker-host.js';

/** Each viewer that connects holds sockets, and need not be a viewer at all. */
const maxConnecting = 64;
/** One that was answered so long ago, ms, and never heard of gives way to newcomers. */
const graceMs = 1000;
/** And so does one that was heard, but has not finished its handshake after so long, ms. */
const handshakeGraceMs = 5000;
const maxWorkers = 64;
/** A newcomer whose worker dies before it has answered goes to another one, so often in all. */
const maxTries = 3;

/** How a {@link Delivery} works. */
export interface DeliveryOptions {
  /** Threads that serve viewers, 0 to 64; 0, the default, serves them in the main thread. */
  workers?: number;
  logger: Logger;
}

/** How `Delivery.accept` answers. */
export interface DeliveryAcceptOptions extends HostAcceptOptions {
  /** Names the session in logs and lists. Default: a random UUID. */
  id?: string;
  /** Gives up waiting and answering, and rejects with its reason; of no effect afterwards. */
  signal?: AbortSignal;
}

/** Where one host stands; another may take its place. */
interface Post {
  host: ViewerHost;
  /** Viewers, those included whose offer is being answered. */
  load: number;
}

/** The newest ladder for a viewer that is being let in. */
type LadderNow = () => readonly RenditionInfo[];

interface Entry {
  readonly viewer: HostedViewer;
  readonly host: ViewerHost;
  /** When its offer was answered: it cannot have been heard of before. */
  since: number;
  /** Its offer is being answered. */
  pending: boolean;
}

/**
 * Brings streams to viewers: owns the hosts that serve them, and shows every viewer as one and the same kind of
 * session, whichever thread it is served in. Newcomers go to the host with the fewest viewers. A worker that dies is
 * replaced; its viewers are closed with `worker-lost`, and told so that their pages connect again at once.
 */
export class Delivery {
  readonly #logger: Logger;
  readonly #posts: readonly Post[];
  readonly #viewers: Map<string, Entry> = new Map();
  readonly #queue: JoinQueue;
  /** The newest of each stream and codec, where that has changed. */
  readonly #ladders: Map<string, readonly RenditionInfo[]> = new Map();
  /** Goodbyes under way in the name of workers that have died. */
  readonly #farewells: Set<Promise<void>> = new Set();
  #closing: Promise<void> | null = null;

  /** @throws {RangeError} when `workers` is no whole number from 0 to 64. */
  constructor({ workers = 0, logger }: DeliveryOptions) {
    if (!Number.isInteger(workers) || workers < 0 || workers > maxWorkers) {
      throw new RangeError(`workers: expected a whole number from 0 to 64, got ${workers}`);
    }
    this.#logger = logger;
    this.#posts = Array.from({ length: Math.max(1, workers) }, () => {
      const post: Post = { host: this.#localHost(), load: 0 };
      if (workers > 0) post.host = this.#workerHost(post);
      return post;
    });
    this.#queue = new JoinQueue(this.#posts.length, () => this.#makeRoom());
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /** Makes ready for the first viewer, which would wait for it otherwise; workers do so by themselves. */
  prepare(): void {
    for (const { host } of this.#posts) if (host instanceof DeliveryHost) host.prepare();
  }

  /** Resolves when all hosts serve viewers. Those who come before wait for their host. */
  async ready(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.ready()));
  }

  /** Who serves viewers now. */
  get hosts(): readonly ViewerHost[] {
    return this.#posts.map(({ host }) => host);
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
    const ladder = this.#ladderFrom(offer, options);
    const ticket = await this.#queue.enter(options.signal);
    try {
      const viewer = await this.#answer(offer, options, ladder);
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
    this.#ladders.set(ladderKey(streamName, codec), ladder);
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
    const viewers = [...this.#viewers.values()].filter(({ pending }) => !pending);
    const closed = viewers.map(({ viewer }) => viewer.close('server-closed'));
    await Promise.all([...this.hosts.map((host) => host.close()), ...this.#farewells]);
    // A worker that had to be ended has not told what went with it.
    for (const id of [...this.#viewers.keys()]) this.#tell(id, { kind: 'gone' });
    await Promise.all(closed);
  }

  #assertOpen(): void {
    if (this.closed) throw new InvalidStateError('delivery is closed');
  }

  readonly #tell: TellViewerEvent = (id, event) => {
    this.#viewers.get(id)?.viewer.take(event);
    if (event.kind === 'gone') this.#viewers.delete(id);
  };

  #localHost(): ViewerHost {
    return new DeliveryHost({ tell: this.#tell, logger: this.#logger });
  }

  #workerHost(post: Post): ViewerHost {
    const host: ViewerHost = new WorkerHost({
      tell: this.#tell,
      ended: (started) => {
        this.#replace(post, host, started);
      },
      logger: this.#logger,
    });
    return host;
  }

  /** A worker has died: another one takes its place, and its viewers come back to that. */
  #replace(post: Post, dead: ViewerHost, started: boolean): void {
    if (this.closed) return;
    if (started) {
      this.#logger.error('a delivery worker has ended; another one takes its place');
      post.host = this.#workerHost(post);
    } else {
      this.#logger.error('a delivery worker did not start; its viewers go to the main thread');
      post.host = this.#localHost();
    }
    const lost = [...this.#viewers.values()].filter(
      ({ host, pending }) => host === dead && !pending,
    );
    const farewells = lost.flatMap(({ viewer: { farewell } }) => farewell ?? []);
    const said = sayFarewells(farewells).finally(() => this.#farewells.delete(said));
    this.#farewells.add(said);
    for (const { viewer } of lost) {
      this.#tell(viewer.id, { kind: 'closed', reason: 'worker-lost', stats: viewer.stats() });
      this.#tell(viewer.id, { kind: 'gone' });
    }
  }

  /** As {@link accept}, at once; again elsewhere when the worker dies over it. */
  async #answer(
    offer: ViewerOffer,
    options: DeliveryAcceptOptions,
    ladder: LadderNow,
  ): Promise<HostedViewer> {
    for (let tries = 1; ; tries += 1) {
      this.#assertOpen();
      try {
        return await this.#answerOnce(offer, options, ladder);
      } catch (error) {
        const isLost = error instanceof StreamError && error.code === 'worker-lost';
        if (!isLost || tries === maxTries) throw error;
      }
    }
  }

  async #answerOnce(
    offer: ViewerOffer,
    { id = randomUUID(), signal, ...options }: DeliveryAcceptOptions,
    ladderNow: LadderNow,
  ): Promise<HostedViewer> {
    const post = this.#posts.reduce((a, b) => (b.load < a.load ? b : a));
    const { host } = post;
    const { codec } = offer.video.codec;
    const { streamName } = options;
    const ladder = ladderNow();
    const logger = this.#logger.child({ session: id });
    const viewer = new HostedViewer({ id, codec, streamName, host, logger });
    const entry: Entry = { viewer, host, since: performance.now(), pending: true };
    this.#viewers.set(id, entry);
    post.load += 1;
    viewer.once('close', () => {
      post.load -= 1;
    });
    try {
      viewer.accepted(await host.accept(id, offer, { ...options, ladder }, signal));
      entry.pending = false;
      entry.since = performance.now();
      // A change that came before the host knew of the viewer has passed it by.
      if (ladderNow() !== ladder) host.setLadder(streamName, codec, ladderNow());
      return viewer;
    } catch (error) {
      this.#viewers.delete(id);
      post.load -= 1;
      throw error;
    }
  }

  /** What the viewer can have, from this moment on: while it waits its ladder may become another one. */
  #ladderFrom(offer: ViewerOffer, { streamName, ladder }: DeliveryAcceptOptions): LadderNow {
    const key = ladderKey(streamName, offer.video.codec.codec);
    const before = this.#ladders.get(key);
    return () => {
      const newest = this.#ladders.get(key);
      return newest === undefined || newest === before ? ladder : newest;
    };
  }

  /** Whether one more may connect; where too many do, the oldest gives way of whom nothing was heard. */
  #makeRoom(): boolean {
    const now = performance.now();
    const connecting = [...this.#viewers.values()].filter(
      ({ viewer }) => viewer.connectionState === 'connecting',
    );
    if (connecting.length < maxConnecting) return true;
    const find = (heard: boolean, afterMs: number): Entry | undefined =>
      connecting.find(
        ({ viewer, since, pending }) =>
          viewer.heard === heard && !pending && now - since >= afterMs,
      );
    const idle = find(false, graceMs) ?? find(true, handshakeGraceMs);
    void idle?.viewer.close('gave-way');
    return idle !== undefined;
  }
}

function ladderKey(streamName: string, codec: VideoCodecName): string {
  return `${codec} ${streamName}`;
}
