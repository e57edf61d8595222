import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import { AudioReceiver } from './audio-receiver.js';
import { BandwidthWish } from './bandwidth-wish.js';
import type { MediaOffer } from './peer-offer.js';
import type { PeerTransport } from './peer-transport.js';
import type { ReceiveStats } from './receive-stats.js';
import { ReceivedStream } from './received-stream.js';
import { RtpClock, Timeline } from './rtp-clock.js';
import { extendSequence } from './rtp-packet.js';
import type { ReceivedRtp } from './rtp-packet.js';
import type { RtcpMessage } from './rtcp-reader.js';
import { writeBandwidth, writeNack, writePictureLoss, writeReceiverReport } from './rtcp-writer.js';
import { VideoReceiver } from './video-receiver.js';

const clockRates = { audio: 48_000, video: 90_000 } as const;
/** Bytes of the longest payload that is kept: a jumbo frame. */
const maxPayload = 9000;

/** What a {@link MediaReceiver} is joined to. */
export interface MediaReceiverOptions {
  /** SSRC and name that our reports carry. */
  identity: { ssrc: number; cname: string };
  /** Most bits a second of video that the peer shall send. */
  maxBitrate: number;
  onAudio: (chunk: EncodedAudioChunk, lostBefore: number) => void;
  onVideo: (chunk: EncodedVideoChunk) => void;
}

/** What a peer sends, and our reports about it: pictures and sound out of RTP. */
export class MediaReceiver {
  readonly #transport: PeerTransport;
  readonly #options: MediaReceiverOptions;
  readonly #offeredVideo: MediaOffer['video'];
  readonly #audioPayloadType: number | null;
  readonly #audioStream: ReceivedStream;
  readonly #videoStream: ReceivedStream;
  readonly #audio: AudioReceiver | null;
  readonly #video: VideoReceiver | null;
  readonly #bandwidth: BandwidthWish;

  constructor(
    transport: PeerTransport,
    { audio, video }: MediaOffer,
    options: MediaReceiverOptions,
  ) {
    this.#transport = transport;
    this.#options = options;
    this.#offeredVideo = video?.receive === true ? video : null;
    this.#audioPayloadType = audio?.receive === true ? audio.codec.payloadType : null;
    this.#audioStream = new ReceivedStream(clockRates.audio, audio?.ssrc ?? null);
    this.#videoStream = new ReceivedStream(clockRates.video, video?.ssrc ?? null);
    this.#bandwidth = new BandwidthWish(options.maxBitrate);
    const timeline = new Timeline();
    this.#audio =
      this.#audioPayloadType === null
        ? null
        : this.#receiveAudio(new RtpClock(clockRates.audio, timeline));
    this.#video =
      this.#offeredVideo === null
        ? null
        : this.#receiveVideo(this.#offeredVideo, new RtpClock(clockRates.video, timeline));
    transport.link.wantsRtp = ({ payloadType }) => this.#wants(payloadType);
    transport.link.onRtp = (packet) => {
      this.#take(packet);
    };
  }

  /** To be called once connected: what the peer shall send, and a key frame to begin with. */
  begin(): void {
    this.#sendFeedback(this.#bandwidthFeedback());
    this.requestKeyFrame();
  }

  /** Asks for a key frame, unless that was done just now. */
  requestKeyFrame(): void {
    this.#video?.requestKeyFrame(performance.now());
  }

  /** Takes the times of sender reports. */
  handleRtcp(message: RtcpMessage): void {
    if (message.kind !== 'report' || message.sentAt === null) return;
    for (const stream of [this.#audioStream, this.#videoStream]) {
      stream.noteSenderReport(message.ssrc, message.sentAt, performance.now());
    }
  }

  /** Reports; to be called once a second. */
  tick(): void {
    const now = performance.now();
    const audio = this.#audio === null ? [] : this.#audioStream.report(now);
    const video = this.#video === null ? [] : this.#videoStream.report(now);
    if (video.length > 0) this.#bandwidth.adapt(this.#videoStream.stats.fractionLost);
    const blocks = [...audio, ...video];
    if (blocks.length > 0) this.#send(blocks, this.#bandwidthFeedback());
    this.#video?.tick(now);
  }

  /** What came so far; `null` for what is not taken. */
  stats(): { audio: ReceiveStats | null; video: ReceiveStats | null } {
    return {
      audio: this.#audio && { ...this.#audioStream.stats },
      video: this.#video && { ...this.#videoStream.stats },
    };
  }

  /** Takes no more, and leaves no timer. */
  close(): void {
    this.#transport.link.wantsRtp = () => false;
    this.#audio?.close();
    this.#video?.close();
  }

  #receiveAudio(clock: RtpClock): AudioReceiver {
    const { stats } = this.#audioStream;
    return new AudioReceiver({
      clock,
      onChunk: (chunk, lostBefore) => {
        stats.framesReceived += 1;
        stats.keyFramesReceived += 1;
        stats.framesLost += lostBefore;
        this.#options.onAudio(chunk, lostBefore);
      },
    });
  }

  #receiveVideo({ codec }: NonNullable<MediaOffer['video']>, clock: RtpClock): VideoReceiver {
    const { stats } = this.#videoStream;
    return new VideoReceiver({
      codec: codec.codec,
      clock,
      nack: codec.feedback.nack,
      roundTripMs: () => this.#transport.roundTripMs ?? 0,
      onPicture: (chunk) => {
        stats.framesReceived += 1;
        if (chunk.type === 'key') stats.keyFramesReceived += 1;
        this.#options.onVideo(chunk);
      },
      askFor: (indexes) => {
        stats.packetsAskedFor += indexes.length;
        const lost = indexes.map((index) => index & 0xffff);
        this.#tellVideoSender((own, media) => writeNack(own, media, lost));
      },
      askForKeyFrame: () => {
        stats.keyFramesAskedFor += 1;
        this.#tellVideoSender(writePictureLoss);
      },
      onLost: () => {
        stats.framesLost += 1;
      },
    });
  }

  #wants(payloadType: number): boolean {
    if (payloadType === this.#audioPayloadType) return true;
    const codec = this.#offeredVideo?.codec;
    return payloadType === codec?.payloadType || payloadType === codec?.rtxPayloadType;
  }

  #take(packet: ReceivedRtp): void {
    if (packet.payload.length > maxPayload) return;
    const now = performance.now();
    if (packet.payloadType === this.#audioPayloadType) this.#takeAudio(packet, now);
    else if (packet.payloadType === this.#offeredVideo?.codec.payloadType) {
      this.#takeVideo(packet, now);
    } else this.#takeRetransmission(packet, now);
  }

  #takeAudio(packet: ReceivedRtp, now: number): void {
    const sender = this.#audioStream.note(packet, now);
    if (sender === 'stranger') return;
    if (sender === 'new') this.#audio?.reset();
    this.#audio?.push(packet, now);
  }

  #takeVideo(packet: ReceivedRtp, now: number): void {
    const sender = this.#videoStream.note(packet, now);
    if (sender === 'stranger') return;
    if (sender === 'new') {
      this.#video?.reset();
      this.#sendFeedback(this.#bandwidthFeedback());
    }
    this.#video?.push(packet, now);
  }

  /** The original number comes first (RFC 4588, 4); packets without more are a sender's way to measure the path. */
  #takeRetransmission(packet: ReceivedRtp, now: number): void {
    const { highest } = this.#video ?? {};
    if (highest == null || packet.payload.length <= 2) return;
    const index = extendSequence(packet.payload.readUInt16BE(0), highest);
    // Never sent before: not what it says it is.
    if (index > highest) return;
    this.#videoStream.stats.packetsRecovered += 1;
    this.#video?.push({ ...packet, index, payload: packet.payload.subarray(2) }, now);
  }

  #tellVideoSender(write: (own: number, media: number) => Buffer): void {
    const { ssrc } = this.#videoStream;
    if (ssrc !== null) this.#sendFeedback([write(this.#options.identity.ssrc, ssrc)]);
  }

  #bandwidthFeedback(): Buffer[] {
    const { ssrc } = this.#videoStream;
    if (ssrc === null || this.#offeredVideo?.codec.feedback.remb !== true) return [];
    return [writeBandwidth(this.#options.identity.ssrc, ssrc, this.#bandwidth.bitrate)];
  }

  #sendFeedback(feedback: readonly Buffer[]): void {
    if (feedback.length > 0) this.#send([], feedback);
  }

  #send(blocks: Parameters<typeof writeReceiverReport>[1], feedback: readonly Buffer[]): void {
    this.#transport.link.sendRtcp(writeReceiverReport(this.#options.identity, blocks, feedback));
  }
}
