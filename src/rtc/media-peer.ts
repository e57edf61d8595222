import { randomUUID } from 'node:crypto';
import type { Logger } from '../logger.js';
import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { PacketizedVideoChunk, ReceivableCodecName } from '../media/encoded-video-chunk.js';
import { AudioSender } from './audio-sender.js';
import { MediaClock } from './media-clock.js';
import type { MediaPeerEvents, MediaPeerOptions, MediaPeerStats } from './media-peer-types.js';
import { MediaReceiver } from './media-receiver.js';
import { PeerEmitter } from './peer-emitter.js';
import type { MediaOffer, RemoteCandidate } from './peer-offer.js';
import type { AnswerDescription, CloseReason, PeerConnectionState } from './peer-session-types.js';
import { PeerTransport } from './peer-transport.js';
import { createRtpIdentity } from './rtp-stream.js';
import { VideoSender } from './video-sender.js';
import { writeAnswer } from './write-answer.js';

const defaultMaxReceiveBitrate = 2_500_000;

/**
 * A peer that sends and is sent to: pictures, sound and messages, each as far as its offer and our wishes have it.
 * Made by `MediaPeer.accept`; closed by its owner, or by itself when the peer leaves. Afterwards nothing of it is
 * left.
 */
export class MediaPeer extends PeerEmitter<MediaPeerEvents> {
  /** Names the peer. */
  readonly id: string;
  /** The video codec, both ways; `null` without video. */
  readonly codec: ReceivableCodecName | null;
  /** True when {@link writeAudio} reaches the peer. */
  readonly sendsAudio: boolean;
  /** True when {@link writeVideo} reaches the peer. */
  readonly sendsVideo: boolean;
  /** True when the peer may send sound. */
  readonly receivesAudio: boolean;
  /** True when the peer may send pictures. */
  readonly receivesVideo: boolean;
  /** True when the peer has offered data channels: {@link sendText} reaches it once one is open. */
  readonly takesText: boolean;
  /** To be sent to the peer; complete, with all candidates. */
  readonly answer: AnswerDescription;
  readonly #transport: PeerTransport;
  readonly #audio: AudioSender | null;
  readonly #video: VideoSender | null;
  readonly #receiver: MediaReceiver;

  private constructor(
    id: string,
    logger: Logger,
    offer: MediaOffer,
    options: MediaPeerOptions,
    transport: PeerTransport,
  ) {
    super(logger);
    const { streamName, maxReceiveBitrate = defaultMaxReceiveBitrate } = options;
    const { audio, video } = offer;
    this.id = id;
    this.codec = video?.codec.codec ?? null;
    this.sendsAudio = audio?.send === true;
    this.sendsVideo = video?.send === true;
    this.receivesAudio = audio?.receive === true;
    this.receivesVideo = video?.receive === true;
    this.takesText = offer.data !== null;
    this.#transport = transport;
    const clock = new MediaClock();
    const identity = createRtpIdentity();
    const audioIdentity = createRtpIdentity(identity.cname);
    this.#audio =
      audio?.send === true
        ? new AudioSender(transport, audio, audioIdentity, clock.forStream())
        : null;
    this.#video =
      video?.send === true
        ? new VideoSender(transport, video, identity, {
            logger,
            timeOfDay: clock.forStream(),
            onKeyFrameRequest: (reason) => this.tell('keyframerequest', reason),
            onBandwidth: (bitrate) => this.tell('bandwidth', bitrate),
          })
        : null;
    this.#receiver = new MediaReceiver(transport, offer, {
      // Not one that we send with: werift takes feedback from such a one for feedback to its receiver.
      identity: createRtpIdentity(identity.cname),
      maxBitrate: maxReceiveBitrate,
      onAudio: (chunk, lostBefore) => this.tell('audio', chunk, lostBefore),
      onVideo: (chunk) => this.tell('video', chunk, this.codec as ReceivableCodecName),
    });
    const own = { identity, audioIdentity, streamName, maxReceiveBitrate };
    const parts = { ...transport.answerParts, ...own };
    this.answer = { type: 'answer', sdp: writeAnswer(offer, parts) };
    this.#start();
  }

  /**
   * Answers an offer. Resolves when {@link answer} is complete; the connection comes up afterwards.
   *
   * @throws {RangeError} for a `maxReceiveBitrate` that is no positive number.
   * @throws {TypeError} for announced addresses that are none.
   * @throws {LimitExceededError} `no-free-port` when `icePortRange` is used up.
   * @throws `signal.reason` when aborted; nothing is left open then.
   */
  static async accept(offer: MediaOffer, options: MediaPeerOptions): Promise<MediaPeer> {
    const { maxReceiveBitrate = defaultMaxReceiveBitrate } = options;
    if (!(maxReceiveBitrate > 0 && Number.isFinite(maxReceiveBitrate))) {
      throw new RangeError(
        `maxReceiveBitrate: expected a positive number, got ${maxReceiveBitrate}`,
      );
    }
    const id = options.id ?? randomUUID();
    const logger = options.logger.child({ session: id });
    return PeerTransport.open(
      offer,
      options,
      logger,
      (transport) => new MediaPeer(id, logger, offer, options, transport),
    );
  }

  /** Where the connection stands. */
  get connectionState(): PeerConnectionState {
    return this.#transport.state;
  }

  /** True once anything of the peer was heard. */
  get heard(): boolean {
    return this.#transport.heard;
  }

  /**
   * Sends a picture; never waits and never throws. Before the connection is up, and after a picture had to be
   * left out, all is left out up to the next key frame.
   *
   * @param packetized - In this peer's {@link codec}.
   */
  writeVideo(packetized: PacketizedVideoChunk): void {
    this.#video?.write(packetized);
  }

  /**
   * Sends a piece of sound, at once; never waits and never throws. Before the connection is up it is left out.
   *
   * @param chunk - Its timestamp is on the clock of the pictures' ones, if they are to be played in step.
   */
  writeAudio(chunk: EncodedAudioChunk): void {
    this.#audio?.write(chunk);
  }

  /** Sends text over every open data channel; false when none is open, or all are full. */
  sendText(text: string): boolean {
    return this.#transport.sendText(text);
  }

  /**
   * One more address of the peer, at any time. What is of no use is passed over: TCP, names of mDNS, known ones, more
   * than 20; and `null`, the end of them, since peers behind such names are found by their own packets.
   */
  addIceCandidate(candidate: RemoteCandidate | null): void {
    if (candidate !== null) this.#transport.addCandidate(candidate);
  }

  /** Asks the peer for a key frame (PLI), unless that was done just now. */
  requestKeyFrame(): void {
    this.#receiver.requestKeyFrame();
  }

  /**
   * Asks the peer for a sign of life: true as soon as anything of it is heard, false after `timeoutMs` without, or
   * once closed.
   */
  isAlive(timeoutMs: number): Promise<boolean> {
    return this.#transport.isAlive(timeoutMs);
  }

  /** What was sent and what came so far; a copy. */
  stats(): MediaPeerStats {
    const received = this.#receiver.stats();
    return {
      sentAudio: this.#audio?.stats() ?? null,
      sentVideo: this.#video?.stats() ?? null,
      receivedAudio: received.audio,
      receivedVideo: received.video,
      roundTripMs: this.#transport.roundTripMs,
      ...this.#transport.messageStats,
    };
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

  #start(): void {
    this.#transport.start({
      connected: () => {
        this.tell('connected');
        this.#receiver.begin();
        this.#video?.begin();
      },
      tick: () => {
        this.#audio?.report();
        this.#video?.report();
        this.#receiver.tick();
      },
      rtcp: (packet) => {
        this.#audio?.handleRtcp(packet);
        this.#video?.handleRtcp(packet);
        this.#receiver.handleRtcp(packet);
      },
      channelOpened: (label) => this.tell('channelopen', label),
      message: (data, label) => this.tell('message', data, label),
      closed: (reason) => {
        this.logger.debug({ reason, stats: this.stats() }, 'peer closed');
        this.#receiver.close();
        this.#video?.close();
        this.tell('close', reason);
        this.removeAllListeners();
      },
    });
  }
}
