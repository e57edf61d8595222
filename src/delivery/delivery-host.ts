import type { Logger } from '../logger.js';
import type { VideoCodecName } from '../media/encoded-video-chunk.js';
import type { RenditionInfo } from '../media/rendition-info.js';
import { InvalidStateError } from '../errors.js';
import type { ViewerOffer } from '../rtc/peer-offer.js';
import { DtlsLink } from '../rtc/dtls-link.js';
import type { CloseReason } from '../rtc/peer-session-types.js';
import { PeerSession } from '../rtc/peer-session.js';
import type { ViewerStats } from '../rtc/viewer-stats.js';
import { HostedPeer } from './hosted-peer.js';
import type { HostedPeerOptions } from './hosted-peer.js';
import { readPageMessage } from './page-message.js';
import type { Quality } from './rendition-chooser.js';
import { StreamAudience } from './stream-audience.js';
import type {
  AcceptedViewer,
  HostAcceptOptions,
  TellViewerEvent,
  ViewerEvent,
  ViewerHost,
} from './viewer-host.js';

/** How often renditions are chosen anew. */
const reviewMs = 250;
/** How often is looked whether viewers that connect have been heard. */
const listenMs = 50;

/** What a {@link DeliveryHost} is joined to. */
export interface DeliveryHostOptions {
  tell: TellViewerEvent;
  /** Tells how to say goodbye for it; for a thread that may die while others live. Default `false`. */
  tellsFarewells?: boolean;
  logger: Logger;
}

/**
 * Serves viewers in the thread that it is made in: owns their sessions, and hands each picture to those that are on
 * its rendition. One timer for all.
 */
export class DeliveryHost implements ViewerHost {
  readonly #tell: TellViewerEvent;
  readonly #logger: Logger;
  readonly #tellsFarewells: boolean;
  readonly #peers: Map<string, HostedPeer> = new Map();
  readonly #unheard: Set<HostedPeer> = new Set();
  readonly #streams: Map<string, StreamAudience> = new Map();
  readonly #leaving: Set<Promise<void>> = new Set();
  /** Offers that are being answered, and what gives that up. */
  readonly #answering: Map<Promise<unknown>, AbortController> = new Map();
  #reviewTimer: NodeJS.Timeout | null = null;
  #listenTimer: NodeJS.Timeout | null = null;
  #closing: Promise<void> | null = null;

  constructor({ tell, tellsFarewells = false, logger }: DeliveryHostOptions) {
    this.#tell = tell;
    this.#tellsFarewells = tellsFarewells;
    this.#logger = logger;
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closing !== null;
  }

  /** Makes ready for the first viewer, which would wait for it. */
  prepare(): void {
    void DtlsLink.prepare();
  }

  /** See `ViewerHost`. */
  ready(): Promise<void> {
    return Promise.resolve();
  }

  /** See `ViewerHost`. */
  async accept(
    viewer: string,
    offer: ViewerOffer,
    options: HostAcceptOptions,
    signal?: AbortSignal,
  ): Promise<AcceptedViewer> {
    if (this.closed) throw closedError();
    signal?.throwIfAborted();
    const giveUp = new AbortController();
    const abort = (): void => giveUp.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const answered = this.#answer(viewer, offer, options, giveUp.signal);
    this.#answering.set(answered, giveUp);
    try {
      return await answered;
    } finally {
      this.#answering.delete(answered);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** See `ViewerHost`. */
  sink(streamName: string): StreamAudience {
    let audience = this.#streams.get(streamName);
    if (audience === undefined) {
      audience = new StreamAudience();
      this.#streams.set(streamName, audience);
    }
    return audience;
  }

  /** See `ViewerHost`. */
  setLadder(streamName: string, codec: VideoCodecName, ladder: readonly RenditionInfo[]): void {
    this.sink(streamName).setLadder(codec, ladder);
  }

  /** See `ViewerHost`. */
  broadcast(streamName: string, text: string): void {
    this.sink(streamName).broadcast(text);
  }

  /** See `ViewerHost`. */
  send(viewer: string, text: string): void {
    this.#peers.get(viewer)?.session.sendText(text);
  }

  /** See `ViewerHost`. */
  pin(viewer: string, quality: Quality): void {
    this.#peers.get(viewer)?.pin(quality);
  }

  /** See `ViewerHost`. */
  release(viewer: string, reason: CloseReason): void {
    void this.#peers.get(viewer)?.session.close(reason);
  }

  /** See `ViewerHost`. */
  stats(viewer: string): ViewerStats | null {
    return this.#peers.get(viewer)?.session.stats() ?? null;
  }

  /** Viewers now. */
  get viewers(): Iterable<PeerSession> {
    return [...this.#peers.values()].map(({ session }) => session);
  }

  /** See `ViewerHost`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const giveUp of this.#answering.values()) giveUp.abort(closedError());
    for (const { session } of this.#peers.values()) void session.close('server-closed');
    await Promise.allSettled([...this.#answering.keys(), ...this.#leaving]);
  }

  async #answer(
    viewer: string,
    offer: ViewerOffer,
    { ladder, ...how }: HostAcceptOptions,
    signal: AbortSignal,
  ): Promise<AcceptedViewer> {
    const logger = this.#logger;
    const session = await PeerSession.accept(offer, { ...how, id: viewer, logger, signal });
    if (this.closed) {
      await session.close('server-closed');
      throw closedError();
    }
    const parts = { ladder, untouched: offer.untouched };
    const { wanted } = this.#add(session, how.streamName, parts);
    const { answer, sendsAudio } = session;
    return { answer, sendsAudio, wanted, stats: session.stats() };
  }

  #add(
    session: PeerSession,
    streamName: string,
    parts: Pick<HostedPeerOptions, 'ladder' | 'untouched'>,
  ): HostedPeer {
    const audience = this.sink(streamName);
    const tell = (event: ViewerEvent): void => {
      this.#tell(session.id, event);
    };
    const peer = new HostedPeer(session, { ...parts, audience, tell });
    this.#peers.set(session.id, peer);
    audience.join(peer);
    this.#unheard.add(peer);
    this.#runTimers();
    session.on('connected', () => {
      this.#hear(peer);
      tell({ kind: 'connected' });
      peer.begin();
      if (this.#tellsFarewells) peer.tellFarewell(performance.now());
    });
    session.on('channelopen', () => tell({ kind: 'channelopen' }));
    session.on('message', (value) => {
      const told = readPageMessage(value);
      if (told?.type === 'audio') session.listen(told.wanted);
      tell({ kind: 'message', value });
    });
    session.on('keyframerequest', (reason) => peer.requestKeyFrame(reason));
    session.on('link', () => peer.review(performance.now()));
    const closed = (reason: CloseReason): void => {
      this.#remove(peer, streamName);
      tell({ kind: 'closed', reason, stats: session.stats() });
      this.#awaitEnd(session);
    };
    session.on('close', closed);
    // Closed before anybody could listen.
    if (session.connectionState === 'closed') closed('connect-failed');
    return peer;
  }

  #remove(peer: HostedPeer, streamName: string): void {
    peer.close();
    this.sink(streamName).leave(peer);
    this.#unheard.delete(peer);
    this.#peers.delete(peer.session.id);
    this.#runTimers();
  }

  #awaitEnd(session: PeerSession): void {
    const ended: Promise<void> = session.close().then(() => {
      this.#leaving.delete(ended);
      this.#tell(session.id, { kind: 'gone' });
    });
    this.#leaving.add(ended);
  }

  #hear(peer: HostedPeer): void {
    if (!this.#unheard.delete(peer)) return;
    this.#tell(peer.session.id, { kind: 'heard' });
    this.#runTimers();
  }

  #review(now: number): void {
    for (const peer of this.#peers.values()) {
      peer.review(now);
      if (this.#tellsFarewells) peer.tellFarewell(now);
    }
  }

  #runTimers(): void {
    const isNeeded = (timer: NodeJS.Timeout | null, who: { size: number }): boolean =>
      (timer === null) === who.size > 0;
    if (isNeeded(this.#reviewTimer, this.#peers)) {
      this.#reviewTimer = toggle(this.#reviewTimer, reviewMs, () => {
        this.#review(performance.now());
      });
    }
    if (isNeeded(this.#listenTimer, this.#unheard)) {
      this.#listenTimer = toggle(this.#listenTimer, listenMs, () => {
        for (const peer of this.#unheard) if (peer.session.heard) this.#hear(peer);
      });
    }
  }
}

function closedError(): InvalidStateError {
  return new InvalidStateError('delivery is closed');
}

/** Starts a timer that does not run, stops one that does. */
function toggle(
  timer: NodeJS.Timeout | null,
  ms: number,
  action: () => void,
): NodeJS.Timeout | null {
  if (timer === null) return setInterval(action, ms);
  clearInterval(timer);
  return null;
}
