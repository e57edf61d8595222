import { randomUUID } from 'node:crypto';
import type { Logger } from '../logger.js';
import type { PacketizedVideoChunk, VideoCodecName } from '../media/encoded-video-chunk.js';
import { TypedEmitter } from '../util/typed-emitter.js';
import { DtlsLink } from './dtls-link.js';
import { IceAgent, assertAddresses } from './ice-agent.js';
import { MessageChannels } from './message-channels.js';
import type {
  AnswerDescription,
  CloseReason,
  KeyFrameReason,
  PeerConnectionState,
  PeerSessionEvents,
  PeerSessionOptions,
} from './peer-session-types.js';
import { RtpStream, createRtpIdentity } from './rtp-stream.js';
import type { ViewerOffer } from './viewer-offer.js';
import { createStats } from './viewer-stats.js';
import type { ViewerStats } from './viewer-stats.js';
import { midOf, writeAnswer } from './write-answer.js';

/** From the answer to the connection; a person has given up by then. */
const defaultConnectTimeoutMs = 30_000;
/** A viewer that wants to come has sent its first STUN by then, several times. */
const unheardLimitTicks = 10;
/** Silent seconds after which a viewer is gone; four keep-alives without an answer. */
const silenceLimitTicks = 8;
const tickMs = 1000;
/** A keep-alive every so many ticks. */
const probeTicks = 2;
/** How long our goodbye may take to leave before the socket closes. */
const goodbyeMs = 100;
/** What a viewer's socket may have waiting: a quarter of a second at 8 Mbit/s. */
const maxBacklogBytes = 256 * 1024;
/** While a key frame is awaited, it is asked for again so often. */
const keyFrameRetryMs = 1000;

/**
 * One viewer: its connection, its RTP stream, its data channels. Made by `PeerSession.accept`; closed by its
 * owner, or by itself when the viewer leaves. Afterwards nothing of it is left.
 */
export class PeerSession extends TypedEmitter<PeerSessionEvents> {
  /** Names the session. */
  readonly id: string;
  /** The codec that {@link write} takes. */
  readonly codec: VideoCodecName;
  /** To be sent to the viewer; complete, with all candidates. */
  readonly answer: AnswerDescription;
  readonly #ice: IceAgent;
  readonly #link: DtlsLink;
  readonly #stream: RtpStream;
  readonly #channels: MessageChannels | null;
  readonly #logger: Logger;
  readonly #stats: ViewerStats = createStats();
  #state: PeerConnectionState = 'connecting';
  #awaitsKeyFrame = true;
  #askedForKeyFrameAt = Number.NEGATIVE_INFINITY;
  #ticks = 0;
  #connectTimer: NodeJS.Timeout | null = null;
  #tickTimer: NodeJS.Timeout | null = null;
  #closing: Promise<void> | null = null;

  private constructor(
    offer: ViewerOffer,
    options: PeerSessionOptions,
    ice: IceAgent,
    link: DtlsLink,
  ) {
    super();
    this.id = options.id ?? randomUUID();
    this.codec = offer.codec.codec;
    this.#ice = ice;
    this.#link = link;
    this.#logger = options.logger.child({ session: this.id });
    const identity = createRtpIdentity();
    const mid = midOf(offer, offer.videoIndex) ?? '';
    this.#stream = new RtpStream(link, offer, identity, mid, this.#stats, (reason) => {
      this.#requestKeyFrame(reason);
    });
    this.#channels =
      offer.data &&
      new MessageChannels(link, offer.data, this.#stats, {
        opened: () => this.#tell('channelopen'),
        message: (value) => this.#tell('message', value),
      });
    const { credentials, candidates } = ice;
    const { fingerprints } = link;
    const { streamName } = options;
    const parts = { credentials, candidates, fingerprints, identity, streamName };
    this.answer = { type: 'answer', sdp: writeAnswer(offer, parts) };
  }

  /**
   * Answers an offer. Resolves when {@link answer} is complete; the connection comes up afterwards.
   *
   * @throws {TypeError} for announced addresses that are none.
   * @throws {LimitExceededError} `no-free-port` when `icePortRange` is used up.
   * @throws `signal.reason` when aborted; nothing is left open then.
   */
  static async accept(offer: ViewerOffer, options: PeerSessionOptions): Promise<PeerSession> {
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
      const session = new PeerSession(offer, options, ice, link);
      session.#start(offer, options.connectTimeoutMs ?? defaultConnectTimeoutMs);
      return session;
    } catch (error) {
      await ice.close();
      throw error;
    }
  }

  /** Where the connection stands. */
  get connectionState(): PeerConnectionState {
    return this.#state;
  }

  /**
   * Sends a picture; never waits and never throws. Before the connection is up, and after a picture had to be
   * left out, all is left out up to the next key frame.
   *
   * @param packetized - In this session's {@link codec}.
   */
  write(packetized: PacketizedVideoChunk): void {
    if (this.#state !== 'connected') return;
    if (this.#awaitsKeyFrame && packetized.chunk.type !== 'key') {
      this.#drop();
      return;
    }
    if (this.#ice.backlog > maxBacklogBytes) {
      this.#awaitsKeyFrame = true;
      this.#drop();
      return;
    }
    try {
      this.#stream.send(packetized);
      this.#awaitsKeyFrame = false;
    } catch (err) {
      this.#awaitsKeyFrame = true;
      this.#logger.debug({ err }, 'picture not sent');
      this.#drop();
    }
  }

  /**
   * Sends a JSON value over the viewer's data channels. Without one, before it is open, or when it is full, the
   * message is left out; the latter is counted.
   *
   * @throws {TypeError} when `value` cannot be written as JSON.
   */
  sendMessage(value: unknown): void {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`value: expected JSON, got ${typeof value}`);
    if (this.#state === 'connected') this.#channels?.send(text);
  }

  /** What was sent so far, and how it arrived; a copy. */
  stats(): ViewerStats {
    return { ...this.#stats, roundTripMs: this.#stats.roundTripMs ?? this.#ice.roundTripMs };
  }

  /**
   * Says goodbye and lets go of everything; resolves when sockets and timers are gone. `close` is emitted at once.
   *
   * @param reason - For the event. Default `closed`. A second call changes nothing.
   */
  close(reason: CloseReason = 'closed'): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    const wasConnected = this.#state === 'connected';
    this.#state = 'closed';
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
    if (this.#tickTimer !== null) clearInterval(this.#tickTimer);
    this.#closing = this.#release(wasConnected);
    this.#logger.debug({ reason, stats: this.stats() }, 'session closed');
    this.#tell('close', reason);
    this.removeAllListeners();
    return this.#closing;
  }

  /** Same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #start(offer: ViewerOffer, connectTimeoutMs: number): void {
    this.#link.onRtcp = (packet) => {
      this.#stream.handleRtcp(packet);
    };
    this.#link.onClosed = () => {
      void this.close('peer-closed');
    };
    this.#connectTimer = setTimeout(() => {
      this.#fail('connect-timeout', null);
    }, connectTimeoutMs);
    this.#tickTimer = setInterval(() => {
      this.#tick();
    }, tickMs);
    this.#establish(offer).catch((error: unknown) => {
      if (this.#state !== 'closed') this.#fail('connect-failed', error);
    });
  }

  async #establish(offer: ViewerOffer): Promise<void> {
    await this.#ice.connect(offer.ice);
    // Closed meanwhile: the awaits do not know.
    if (this.#state === 'closed') return;
    await this.#link.start(offer.dtls);
    if ((this.#state as PeerConnectionState) === 'closed') return;
    if (offer.data !== null) await this.#channels?.start(offer.data.port);
    if ((this.#state as PeerConnectionState) === 'closed') return;
    this.#state = 'connected';
    if (this.#connectTimer !== null) clearTimeout(this.#connectTimer);
    this.#tell('connected');
    this.#requestKeyFrame('joined');
  }

  #fail(reason: CloseReason, err: unknown): void {
    this.#logger.warn({ reason, ice: this.#ice.detail, err }, 'viewer could not be connected');
    void this.close(reason);
  }

  #tick(): void {
    this.#ticks += 1;
    const silent = this.#ice.tick();
    if (this.#ice.hasPath && silent >= silenceLimitTicks) {
      void this.close('peer-lost');
      return;
    }
    if (this.#channels?.overflowing === true) {
      void this.close('protocol-error');
      return;
    }
    if (this.#ticks >= unheardLimitTicks && !this.#ice.heard) {
      this.#fail('connect-timeout', null);
      return;
    }
    if (this.#state !== 'connected') return;
    if (this.#ticks % probeTicks === 0) this.#ice.probe();
    this.#stream.report();
  }

  #drop(): void {
    const started = this.#stats.framesSent > 0;
    if (started) this.#stats.framesDropped += 1;
    if (performance.now() - this.#askedForKeyFrameAt < keyFrameRetryMs) return;
    this.#requestKeyFrame(started ? 'dropped' : 'joined');
  }

  #requestKeyFrame(reason: KeyFrameReason): void {
    this.#askedForKeyFrameAt = performance.now();
    this.#tell('keyframerequest', reason);
  }

  /** Never rejects: what fails keeps nothing else from being let go. */
  async #release(wasConnected: boolean): Promise<void> {
    const attempt = async (step: () => unknown): Promise<void> => {
      try {
        await step();
      } catch (err) {
        this.#logger.debug({ err }, 'closing a session');
      }
    };
    await attempt(async () => {
      if (!wasConnected || !this.#link.sayGoodbye()) return;
      await new Promise((resolve) => setTimeout(resolve, goodbyeMs));
    });
    await attempt(() => this.#channels?.close());
    const handshakeEnded = attempt(() => this.#link.stop());
    this.#stream.close();
    await attempt(() => this.#ice.close());
    await handshakeEnded;
  }

  /** A listener that throws ends nothing but itself. */
  #tell<K extends keyof PeerSessionEvents>(event: K, ...args: PeerSessionEvents[K]): void {
    try {
      this.emit(event, ...args);
    } catch (err) {
      this.#logger.error({ err, event }, 'listener of a session failed');
    }
  }
}
