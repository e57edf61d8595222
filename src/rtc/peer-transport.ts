import type { Logger } from '../logger.js';
import { DtlsLink } from './dtls-link.js';
import { IceAgent } from './ice-agent.js';
import { assertAddresses } from './local-addresses.js';
import { MessageChannels } from './message-channels.js';
import type { PeerOffer, RemoteCandidate } from './peer-offer.js';
import type {
  CloseReason,
  Farewell,
  PeerConnectionState,
  PeerSessionOptions,
} from './peer-session-types.js';
import type { RtcpMessage } from './rtcp-reader.js';
import { SharedTicks } from './shared-ticks.js';
import type { MessageStats } from './viewer-stats.js';
import type { AnswerParts } from './write-answer.js';

/** From the answer to the connection; a person has given up by then. */
const defaultConnectTimeoutMs = 30_000;
/** A peer that wants to come has sent its first STUN by then, several times; where it is not told how long to wait. */
const defaultUnheardTicks = 10;
/** Silent seconds after which a peer is gone; four keep-alives without an answer. */
const silenceLimitTicks = 8;
/** Of all peers of this thread. */
const sharedTicks = new SharedTicks(1000);
/** A keep-alive every so many ticks. */
const probeTicks = 2;
/** How long the last messages may take to reach the peer before our goodbye: once to send them again. */
const deliveryMs = 500;
/** How often that is looked at. */
const deliveryPollMs = 5;
/** How long our goodbye may take to leave before the socket closes. */
const goodbyeMs = 100;

/** What a {@link PeerTransport} tells its owner; nothing after `closed`. */
export interface TransportListener {
  /** A path to the peer is found, and the handshake begins; once. */
  found?(): void;
  /** Media and messages can flow; once. */
  connected(): void;
  /** Once a second while connected. */
  tick(): void;
  /** RTCP of the peer. */
  rtcp(message: RtcpMessage): void;
  /** The peer has opened a data channel. */
  channelOpened(label: string): void;
  /** Text or bytes of a data channel. */
  message(data: string | Buffer, label: string): void;
  /** It ends, by whomever; what it holds is let go of afterwards. Once. */
  closed(reason: CloseReason): void;
}

/**
 * The way to one peer: ICE, DTLS and data channels, with their time limits, signs of life and goodbye. Closed by
 * its owner, or by itself when the peer leaves. Afterwards nothing of it is left.
 */
export class PeerTransport {
  /** For RTP. */
  readonly link: DtlsLink;
  readonly #ice: IceAgent;
  readonly #offer: PeerOffer;
  readonly #logger: Logger;
  readonly #connectTimeoutMs: number;
  readonly #unheardLimitTicks: number;
  readonly #messages: MessageStats = { messagesSent: 0, messagesDropped: 0 };
  #channels: MessageChannels | null = null;
  #listener: TransportListener | null = null;
  #state: PeerConnectionState = 'connecting';
  #ticks = 0;
  #connectTimer: NodeJS.Timeout | null = null;
  #closing: Promise<void> | null = null;

  private constructor(
    offer: PeerOffer,
    options: PeerSessionOptions,
    logger: Logger,
    ice: IceAgent,
    link: DtlsLink,
  ) {
    this.#offer = offer;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs;
    this.#unheardLimitTicks =
      options.connectTimeoutMs === undefined ? defaultUnheardTicks : Infinity;
    this.#logger = logger;
    this.#ice = ice;
    this.link = link;
  }

  /**
   * Opens sockets and gathers candidates.
   *
   * @param make - Called once all is there for an answer; calls {@link start}. What it throws leaves nothing open.
   * @returns What `make` made.
   * @throws {TypeError} for announced addresses that are none.
   * @throws {LimitExceededError} `no-free-port` when `icePortRange` is used up.
   * @throws `signal.reason` when aborted; nothing is left open then.
   */
  static async open<T>(
    offer: PeerOffer,
    options: PeerSessionOptions,
    logger: Logger,
    make: (transport: PeerTransport) => T,
  ): Promise<T> {
    const { iceServers = [], announcedAddresses = [], icePortRange, signal } = options;
    assertAddresses('announcedAddresses', announcedAddresses);
    signal?.throwIfAborted();
    const ice = await IceAgent.create({
      iceServers,
      announcedAddresses,
      ...(icePortRange && { icePortRange }),
      ...(signal && { signal }),
    });
    try {
      const link = await DtlsLink.create(ice);
      signal?.throwIfAborted();
      return make(new PeerTransport(offer, options, logger, ice, link));
    } catch (error) {
      await ice.close();
      throw error;
    }
  }

  /** Searches for a way and connects; to be called once. */
  start(listener: TransportListener): void {
    this.#listener = listener;
    const { data } = this.#offer;
    this.#channels =
      data &&
      new MessageChannels(this.link, data, this.#messages, {
        opened: (label) => this.#listener?.channelOpened(label),
        message: (message, label) => this.#listener?.message(message, label),
      });
    this.link.onRtcp = (message) => this.#listener?.rtcp(message);
    this.link.onClosed = () => {
      void this.close('peer-closed');
    };
    this.#connectTimer = setTimeout(() => {
      this.#fail('connect-timeout', null);
    }, this.#connectTimeoutMs);
    sharedTicks.add(this.#tick);
    this.#establish().catch((error: unknown) => {
      if (this.#state !== 'closed') this.#fail('connect-failed', error);
    });
  }

  /** Our side of an answer. */
  get answerParts(): Pick<AnswerParts, 'credentials' | 'candidates' | 'fingerprints'> {
    const { credentials, candidates } = this.#ice;
    return { credentials, candidates, fingerprints: this.link.fingerprints };
  }

  /** Where the connection stands. */
  get state(): PeerConnectionState {
    return this.#state;
  }

  /** Bytes that the kernel has not taken yet. */
  get backlog(): number {
    return this.#ice.path.backlog;
  }

  /** Round trip of the newest keep-alive, in ms; `null` before the first. */
  get roundTripMs(): number | null {
    return this.#ice.path.roundTripMs;
  }

  /** True once anything of the peer was heard. */
  get heard(): boolean {
    return this.#ice.guard.heard;
  }

  /** See `PeerSession.farewell`. */
  farewell(): Farewell | null {
    const { ends } = this.#ice.path;
    const record = ends && this.link.farewell();
    return ends && record && { record, ...ends };
  }

  /** What went over data channels; a copy. */
  get messageStats(): MessageStats {
    return { ...this.#messages };
  }

  /** Sends text over every open data channel; true when one took it. */
  sendText(text: string): boolean {
    return this.#state === 'connected' && this.#channels?.send(text) === true;
  }

  /** One more address of the peer; see `IceAgent.addCandidate`. */
  addCandidate(candidate: RemoteCandidate): void {
    void this.#ice.addCandidate(candidate);
  }

  /** Asks the peer for a sign of life; false when none came in time, or once closed. */
  isAlive(timeoutMs: number): Promise<boolean> {
    return this.#ice.path.isAlive(timeoutMs);
  }

  /**
   * Says goodbye and lets go of everything; resolves when sockets and timers are gone. The owner is told at once.
   * A second call changes nothing.
   */
  close(reason: CloseReason): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    const wasConnected = this.#state === 'connected';
    this.#state = 'closed';
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
    sharedTicks.remove(this.#tick);
    this.#closing = this.#release(wasConnected);
    this.#listener?.closed(reason);
    this.#listener = null;
    return this.#closing;
  }

  async #establish(): Promise<void> {
    const { ice, dtls, data } = this.#offer;
    await this.#ice.connect(ice);
    // Closed meanwhile: the awaits do not know.
    if (this.#state === 'closed') return;
    this.#listener?.found?.();
    await this.link.start(dtls);
    if ((this.#state as PeerConnectionState) === 'closed') return;
    if (data !== null) await this.#channels?.start(data.port);
    if ((this.#state as PeerConnectionState) === 'closed') return;
    this.#state = 'connected';
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
    this.#listener?.connected();
  }

  #fail(reason: CloseReason, err: unknown): void {
    this.#logger.warn({ reason, ice: this.#ice.detail, err }, 'viewer could not be connected');
    void this.close(reason);
  }

  readonly #tick = (): void => {
    this.#ticks += 1;
    const silent = this.#ice.tick();
    if (silent >= silenceLimitTicks) {
      void this.close('peer-lost');
      return;
    }
    if (this.#channels?.overflowing === true) {
      void this.close('protocol-error');
      return;
    }
    if (this.#ticks >= this.#unheardLimitTicks && !this.#ice.guard.heard) {
      this.#fail('connect-timeout', null);
      return;
    }
    if (this.#state !== 'connected') return;
    if (this.#ticks % probeTicks === 0) this.#ice.path.probe();
    this.#listener?.tick();
  };

  /** Resolves when the peer has all messages, when it is gone, and after {@link deliveryMs} at the latest. */
  async #delivered(): Promise<void> {
    const deadline = performance.now() + deliveryMs;
    while (this.#channels?.pending === true && this.link.connected) {
      if (performance.now() >= deadline) return;
      await new Promise((resolve) => setTimeout(resolve, deliveryPollMs));
    }
  }

  /** Never rejects: what fails keeps nothing else from being let go. */
  async #release(wasConnected: boolean): Promise<void> {
    const attempt = async (step: () => unknown): Promise<void> => {
      try {
        await step();
      } catch (err) {
        this.#logger.debug({ err }, 'closing a peer');
      }
    };
    if (wasConnected) await attempt(() => this.#delivered());
    await attempt(async () => {
      if (!wasConnected || !this.link.sayGoodbye()) return;
      await new Promise((resolve) => setTimeout(resolve, goodbyeMs));
    });
    await attempt(() => this.#channels?.close());
    const handshakeEnded = attempt(() => this.link.stop());
    await attempt(() => this.#ice.close());
    await handshakeEnded;
  }
}
