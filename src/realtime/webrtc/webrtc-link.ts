import { opusRates } from '../../codec/audio-encoder.js';
import type { Logger } from '../../logger.js';
import type { AudioData } from '../../media/audio-data.js';
import type { VideoFrame } from '../../media/video-frame.js';
import type { MediaPeer } from '../../rtc/media-peer.js';
import { parseCandidate } from '../../rtc/read-transport.js';
import type { MediaConnection } from '../core/stream-port.js';
import type { EndReason } from '../core/transport-link.js';
import type { AnsweredLink } from './answered-link.js';
import type { ClientCandidate } from './client-candidate.js';
import { IncomingAudio } from './incoming-audio.js';
import { IncomingVideo } from './incoming-video.js';
import { MessageBacklog } from './message-backlog.js';
import { OutgoingAudio } from './outgoing-audio.js';
import { OutgoingVideo } from './outgoing-video.js';

/** How long an ending connection waits for the channel that its last messages go through, ms. */
const lastWordsMs = 2000;

/** What a {@link WebRtcLink} works with. */
export interface WebRtcLinkOptions {
  /** Answered, and the link's from now on. */
  readonly peer: MediaPeer;
  /** Of the client's offer. */
  readonly remoteUsernameFragment: string;
  /** Channels that the client's sound is decoded to. */
  readonly inputChannels: number;
  /** Pictures a second to plan the encoder for. */
  readonly framerate: number;
  /** Most bits a second of video to the client. */
  readonly videoBitrate: number;
  readonly logger: Logger;
}

/** Joins a peer to a connection: its coders, and its messages. */
export class WebRtcLink implements AnsweredLink {
  readonly name = 'webrtc' as const;
  readonly takesMessages = true;
  /** RTP keeps time, and the client's jitter buffer is short. */
  readonly audioLeadMs = 0;
  readonly audioRates: readonly number[] = opusRates;
  readonly remoteUsernameFragment: string;
  readonly #peer: MediaPeer;
  readonly #logger: Logger;
  readonly #soundIn: IncomingAudio;
  readonly #picturesIn: IncomingVideo;
  readonly #soundOut: OutgoingAudio;
  readonly #picturesOut: OutgoingVideo | null;
  readonly #backlog: MessageBacklog;
  #connection: MediaConnection | null = null;
  #connected = false;
  #ended: EndReason | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: WebRtcLinkOptions) {
    const { peer, logger } = options;
    this.#peer = peer;
    this.#logger = logger;
    this.remoteUsernameFragment = options.remoteUsernameFragment;
    const wanted = (): boolean => this.#connection?.closed === false;
    this.#soundIn = new IncomingAudio({
      wanted,
      deliver: (audio) => this.#connection?.receiveAudio(audio),
      numberOfChannels: options.inputChannels,
      logger,
    });
    this.#picturesIn = new IncomingVideo({
      wanted,
      deliver: (frame) => this.#receive(frame),
      requestKeyFrame: () => peer.requestKeyFrame(),
      logger,
    });
    this.#soundOut = new OutgoingAudio({
      write: (chunk) => peer.writeAudio(chunk),
      lost: () => peer.stats().sentAudio?.fractionLost ?? null,
      logger,
    });
    this.#picturesOut =
      peer.codec === null || !peer.sendsVideo
        ? null
        : new OutgoingVideo({
            codec: peer.codec,
            maxBitrate: options.videoBitrate,
            framerate: options.framerate,
            write: (picture) => peer.writeVideo(picture),
            logger,
          });
    this.#backlog = new MessageBacklog((text) => peer.sendText(text));
    if (peer.connectionState === 'closed') this.#ended = 'connect-failed';
    else this.#listen();
  }

  /** For the client; holds all our candidates. */
  get answer(): { readonly type: 'answer'; readonly sdp: string } {
    return this.#peer.answer;
  }

  join(connection: MediaConnection): void {
    this.#connection = connection;
    if (this.#ended !== null) void connection.close(this.#ended);
    else if (this.#connected) connection.start();
  }

  addCandidate({ line }: ClientCandidate): void {
    if (this.#ended !== null) return;
    if (line === null) {
      this.#peer.addIceCandidate(null);
      return;
    }
    const candidate = parseCandidate(line);
    // Names and TCP are of no use; the client's own packets show its address.
    if (candidate !== null) this.#peer.addIceCandidate(candidate);
  }

  send(text: string): void {
    if (this.#ended === null) this.#backlog.send(text);
  }

  playAudio(frame: AudioData): void {
    if (this.#connected && this.#ended === null && this.#peer.sendsAudio)
      this.#soundOut.play(frame);
  }

  /** What was played has left, but for a rest; the client's buffer holds no more than it needs against jitter. */
  clearAudio(): void {
    this.#soundOut.clear();
  }

  showVideo(frame: VideoFrame): Promise<void> {
    if (this.#connected && this.#ended === null && this.#picturesOut !== null) {
      return this.#picturesOut.show(frame);
    }
    frame.close();
    return Promise.resolve();
  }

  isAlive(timeoutMs: number): Promise<boolean> {
    return this.#ended === null ? this.#peer.isAlive(timeoutMs) : Promise.resolve(false);
  }

  close(reason: EndReason): Promise<void> {
    this.#ended ??= reason;
    this.#closing ??= this.#release(reason);
    return this.#closing;
  }

  #listen(): void {
    const peer = this.#peer;
    peer.on('connected', () => {
      this.#connected = true;
      this.#connection?.start();
    });
    peer.on('audio', (chunk, lostBefore) => this.#soundIn.push(chunk, lostBefore));
    peer.on('video', (chunk, codec) => this.#picturesIn.push(chunk, codec));
    peer.on('keyframerequest', () => this.#picturesOut?.requestKeyFrame());
    peer.on('bandwidth', (bitrate) => this.#picturesOut?.setBandwidth(bitrate));
    peer.on('channelopen', () => this.#backlog.open());
    peer.on('message', (data) => this.#connection?.receiveMessage(data));
    peer.on('close', (reason) => {
      this.#ended ??= reason;
      this.#backlog.close();
      this.#logger.debug({ reason }, 'peer closed');
      void this.#connection?.close(reason);
    });
  }

  #receive(frame: VideoFrame): void {
    if (this.#connection === null) frame.close();
    else this.#connection.receiveVideo(frame);
  }

  async #release(reason: EndReason): Promise<void> {
    this.#soundIn.close();
    this.#soundOut.close();
    const parts = [
      this.#leave(reason),
      this.#picturesIn.close(),
      this.#picturesOut?.close() ?? Promise.resolve(),
    ];
    for (const result of await Promise.allSettled(parts)) {
      if (result.status === 'rejected') {
        this.#logger.warn({ err: result.reason as unknown }, 'closing a connection');
      }
    }
  }

  /** What was said before the channel is open, as why it ends so early, is still heard. */
  async #leave(reason: EndReason): Promise<void> {
    const peer = this.#peer;
    // A client that was refused will not come to hear it.
    if (this.#connection !== null && peer.takesText && peer.connectionState !== 'closed') {
      await this.#backlog.drained(lastWordsMs);
    }
    this.#backlog.close();
    await peer.close(reason);
  }
}
