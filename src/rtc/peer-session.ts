import { randomUUID } from 'node:crypto';
import type { Logger } from '../logger.js';
import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { PacketizedVideoChunk, VideoCodecName } from '../media/encoded-video-chunk.js';
import { AudioSender } from './audio-sender.js';
import { LinkMonitor } from './link/link-monitor.js';
import type { LinkEstimate } from './link-estimate.js';
import { MediaClock } from './media-clock.js';
import { PeerEmitter } from './peer-emitter.js';
import type { ViewerOffer } from './peer-offer.js';
import type {
  AnswerDescription,
  CloseReason,
  Farewell,
  PeerConnectionState,
  PeerSessionEvents,
  PeerSessionOptions,
} from './peer-session-types.js';
import { PeerTransport } from './peer-transport.js';
import { PlayoutWish } from './playout-wish.js';
import { createRtpIdentity } from './rtp-stream.js';
import { VideoSender } from './video-sender.js';
import type { ViewerStats } from './viewer-stats.js';
import { writeAnswer } from './write-answer.js';

/**
 * Pictures come later than sound by what transforms and encoder take: that long, in ms, both keep their places on
 * the clock, and the viewer delays the sound.
 */
const maxDelayMs = 10_000;
/** A key frame leaves so much faster than the link's bitrate: what waits in the network is as late as what waits here. */
const paceShare = 2;

/**
 * One viewer: its connection, its RTP streams, its data channels. Made by `PeerSession.accept`; closed by its
 * owner, or by itself when the viewer leaves. Afterwards nothing of it is left.
 */
export class PeerSession extends PeerEmitter<PeerSessionEvents> {
  /** Names the session. */
  readonly id: string;
  /** The codec that {@link write} takes. */
  readonly codec: VideoCodecName;
  /** To be sent to the viewer; complete, with all candidates. */
  readonly answer: AnswerDescription;
  readonly #transport: PeerTransport;
  readonly #sender: VideoSender;
  readonly #audio: AudioSender | null;
  readonly #monitor: LinkMonitor;
  readonly #playout: PlayoutWish = new PlayoutWish();
  #listening = true;
  /** At the last look: payload bytes of pictures, the moment, and the rate since the look before. */
  #sent = { bytes: 0, at: 0, bitrate: 0 };

  private constructor(
    id: string,
    logger: Logger,
    offer: ViewerOffer,
    streamName: string,
    transport: PeerTransport,
  ) {
    super(logger);
    this.id = id;
    this.codec = offer.video.codec.codec;
    this.#transport = transport;
    const identity = createRtpIdentity();
    const audioIdentity = createRtpIdentity(identity.cname);
    const clock = new MediaClock({ offsetMs: performance.timeOrigin, maxDriftMs: maxDelayMs });
    this.#audio =
      offer.audio && new AudioSender(transport, offer.audio, audioIdentity, clock.forStream());
    this.#sender = new VideoSender(transport, offer.video, identity, {
      logger,
      timeOfDay: clock.forStream(),
      onKeyFrameRequest: (reason) => this.tell('keyframerequest', reason),
    });
    this.#monitor = this.#watch(identity.ssrc);
    this.#grantPlayoutDelay();
    const parts = { ...transport.answerParts, identity, audioIdentity, streamName };
    this.answer = { type: 'answer', sdp: writeAnswer(offer, parts) };
    this.#start();
  }

  /**
   * Answers an offer. Resolves when {@link answer} is complete; the connection comes up afterwards.
   *
   * @throws {TypeError} for announced addresses that are none.
   * @throws {LimitExceededError} `no-free-port` when `icePortRange` is used up.
   * @throws `signal.reason` when aborted; nothing is left open then.
   */
  static accept(offer: ViewerOffer, options: PeerSessionOptions): Promise<PeerSession> {
    const id = options.id ?? randomUUID();
    const logger = options.logger.child({ session: id });
    return PeerTransport.open(
      offer,
      options,
      logger,
      (transport) => new PeerSession(id, logger, offer, options.streamName, transport),
    );
  }

  /** True when the viewer wants sound: {@link writeAudio} reaches it. */
  get sendsAudio(): boolean {
    return this.#audio !== null;
  }

  /** True once anything of the viewer was heard. */
  get heard(): boolean {
    return this.#transport.heard;
  }

  /** Where the connection stands. */
  get connectionState(): PeerConnectionState {
    return this.#transport.state;
  }

  /**
   * Sends a picture; never waits and never throws. Before the connection is up, and after a picture had to be
   * left out, all is left out up to the next key frame.
   *
   * @param packetized - In this session's {@link codec}.
   */
  write(packetized: PacketizedVideoChunk): void {
    this.#sender.write(packetized);
  }

  /**
   * Sends a piece of sound, at once; never waits and never throws. Before the connection is up it is left out.
   *
   * @param chunk - Opus; its timestamp is on the clock of the pictures' ones.
   */
  writeAudio(chunk: EncodedAudioChunk): void {
    this.#audio?.write(chunk);
  }

  /** Whether the viewer listens to its sound: while it does not, it is sent none. Default true. */
  listen(listening: boolean): void {
    this.#audio?.listen(listening);
    this.#listening = listening;
    this.#grantPlayoutDelay();
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
    this.sendText(text);
  }

  /** As {@link sendMessage}, of JSON that is text already: one for many viewers. */
  sendText(text: string): void {
    this.#transport.sendText(text);
  }

  /** For others, who say goodbye should this thread die; `null` when not connected, or through a TURN server. */
  farewell(): Farewell | null {
    return this.#transport.farewell();
  }

  /** What was sent so far, and how it arrived; a copy. */
  stats(): ViewerStats {
    const audio = this.#audio?.stats() ?? null;
    const { bitrate } = this.#sent;
    const linkBitrate = this.link.bitrate;
    return {
      ...this.#sender.stats(),
      ...this.#transport.messageStats,
      bitrate,
      linkBitrate,
      audio,
    };
  }

  /**
   * Sends nothing of the pictures so far any more, not even what the viewer misses of them, so that the queue in the network
   * drains. Pictures go on with the next key frame that is written; it is not asked for.
   */
  skip(): void {
    this.#sender.skip();
  }

  /** What is known of the link to the viewer, as of now. */
  get link(): LinkEstimate {
    return this.#monitor.link;
  }

  /**
   * Sends padding beside the pictures to find out whether the link bears so much; {@link link} tells. Does nothing while one
   * runs, and where the viewer takes no padding.
   *
   * @param bitrate - Bits per second, pictures included.
   * @param ms - How long: 25 to 200 make no queue to speak of. A viewer that estimates for itself needs longer, up to 20 s,
   *   and gets it.
   */
  probe(bitrate: number, ms: number): void {
    if (this.connectionState === 'connected') this.#monitor.probe(bitrate, ms);
  }

  /**
   * Says goodbye and lets go of everything; resolves when sockets and timers are gone. `close` is emitted at once.
   *
   * @param reason - For the event. Default `closed`. A second call changes nothing.
   */
  close(reason: CloseReason = 'closed'): Promise<void> {
    return this.#transport.close(reason);
  }

  /** Same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #watch(ssrc: number): LinkMonitor {
    const { link } = this.#transport;
    return new LinkMonitor({
      ssrc,
      sent: link.sentLog,
      bytesSent: () => link.bytesSent,
      sendPadding: (bytes) => {
        this.#sender.sendPadding(bytes);
      },
      roundTripMs: () => this.#sender.roundTripMs,
      onLink: (estimate) => {
        const { bitrate } = estimate;
        this.#sender.setPace(bitrate === null ? null : bitrate * paceShare);
        this.tell('link', estimate);
      },
    });
  }

  #grantPlayoutDelay(): void {
    this.#playout.listening = this.#listening && (this.#audio?.stats().framesSent ?? 0) > 0;
    this.#sender.setPlayoutDelay(this.#playout.maxMs);
  }

  #measure(): void {
    const { bytesSent: bytes } = this.#sender.stats();
    const at = performance.now();
    const bitrate = Math.round(((bytes - this.#sent.bytes) * 8000) / (at - this.#sent.at));
    this.#sent = { bytes, at, bitrate: this.#sent.at === 0 ? 0 : bitrate };
  }

  #start(): void {
    this.#transport.start({
      found: () => this.tell('keyframerequest', 'joining'),
      connected: () => {
        this.tell('connected');
        this.#sender.begin();
      },
      tick: () => {
        this.#playout.note(this.#sender.stats());
        this.#grantPlayoutDelay();
        this.#measure();
        this.#sender.report();
        this.#audio?.report();
        this.#monitor.tick(this.#transport.roundTripMs);
      },
      rtcp: (packet) => {
        this.#sender.handleRtcp(packet);
        this.#audio?.handleRtcp(packet);
        this.#monitor.handleRtcp(packet);
      },
      channelOpened: () => this.tell('channelopen'),
      message: (data) => {
        const value = typeof data === 'string' ? parse(data) : undefined;
        if (value !== undefined) this.tell('message', value);
      },
      closed: (reason) => {
        this.logger.debug({ reason, stats: this.stats() }, 'session closed');
        this.#monitor.close();
        this.#sender.close();
        this.tell('close', reason);
        this.removeAllListeners();
      },
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
