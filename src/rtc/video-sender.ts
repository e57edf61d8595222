import type { Logger } from '../logger.js';
import type { PacketizedVideoChunk } from '../media/encoded-video-chunk.js';
import type { OfferedVideo } from './peer-offer.js';
import type { KeyFrameReason } from './peer-session-types.js';
import type { PeerTransport } from './peer-transport.js';
import type { RtcpMessage } from './rtcp-reader.js';
import { RtpStream } from './rtp-stream.js';
import type { RtpIdentity, RtpStreamOptions } from './rtp-stream.js';
import { createSendStats } from './viewer-stats.js';
import type { SendStats } from './viewer-stats.js';

/** What a peer's socket may have waiting: a quarter of a second at 8 Mbit/s. */
const maxBacklogBytes = 256 * 1024;
/** How long a picture may wait for its turn behind others: a bad link that cannot take more gets less. */
const maxWaitMs = 500;
/** Renditions of a stream may be so far apart, and pictures of one rendition are no closer than that, in µs. */
const overlapUs = 500_000;
const leastStepUs = 1000;
/** While a key frame is awaited, it is asked for again so often. */
const keyFrameRetryMs = 1000;

/** How a {@link VideoSender} is joined to its peer. */
export interface VideoSenderOptions extends Pick<RtpStreamOptions, 'timeOfDay' | 'onBandwidth'> {
  logger: Logger;
  /** The next picture should be a key frame. Not rate-limited. */
  onKeyFrameRequest: (reason: KeyFrameReason) => void;
}

/** Pictures to one peer: leaves out what the network does not take, up to the next key frame. */
export class VideoSender {
  readonly #transport: PeerTransport;
  readonly #stream: RtpStream;
  readonly #options: VideoSenderOptions;
  readonly #stats: SendStats = createSendStats();
  #awaitsKeyFrame = true;
  /** Of the last picture sent, in µs. */
  #timestamp: number = Number.NEGATIVE_INFINITY;
  #askedForKeyFrameAt = Number.NEGATIVE_INFINITY;

  constructor(
    transport: PeerTransport,
    { codec, mid, extensions }: OfferedVideo,
    identity: RtpIdentity,
    options: VideoSenderOptions,
  ) {
    this.#transport = transport;
    this.#options = options;
    this.#stream = new RtpStream(transport.link, {
      ...options,
      identity,
      mid,
      extensions,
      payloadType: codec.payloadType,
      paced: true,
      rtxPayloadType: codec.rtxPayloadType,
      clockRate: 90_000,
      stats: this.#stats,
      onKeyFrameRequest: (reason) => {
        this.#requestKeyFrame(reason);
      },
    });
  }

  /** To be called once the connection is up, after what was kept for it has been written. */
  begin(): void {
    if (this.#awaitsKeyFrame) this.#requestKeyFrame('joined');
  }

  /** Sends a picture, or leaves it out; never waits and never throws. */
  write(packetized: PacketizedVideoChunk): void {
    if (this.#transport.state !== 'connected') return;
    const { chunk, payloads } = packetized;
    // Of a delimiter alone, as some sources have it in a packet of its own.
    if (payloads.length === 0) return;
    if (this.#awaitsKeyFrame && chunk.type !== 'key') {
      this.#drop();
      return;
    }
    if (this.#transport.backlog > maxBacklogBytes || this.#stream.waitingMs > maxWaitMs) {
      this.#awaitsKeyFrame = true;
      this.#drop();
      return;
    }
    try {
      this.#timestamp = follow(this.#timestamp, chunk.timestamp);
      this.#stream.send(this.#timestamp, payloads, { key: chunk.type === 'key', marker: true });
      this.#awaitsKeyFrame = false;
    } catch (err) {
      this.#awaitsKeyFrame = true;
      this.#options.logger.debug({ err }, 'picture not sent');
      this.#drop();
    }
  }

  /** Round trip that the peer's reports have shown, else that of the newest keep-alive; `null` before the first. */
  get roundTripMs(): number | null {
    return this.#stats.roundTripMs ?? this.#transport.roundTripMs;
  }

  /** Sends nothing of the pictures so far any more, and nothing at all before the next key frame. */
  skip(): void {
    this.#awaitsKeyFrame = true;
    this.#stream.forget();
  }

  /** See `RtpStream.setPlayoutDelay`. */
  setPlayoutDelay(ms: number): void {
    this.#stream.setPlayoutDelay(ms);
  }

  /** See `RtpStream.sendPadding`. */
  sendPadding(bytes: number): void {
    if (this.#transport.state === 'connected') this.#stream.sendPadding(bytes);
  }

  /** See `RtpStream.setPace`. */
  setPace(bitrate: number | null): void {
    this.#stream.setPace(bitrate);
  }

  /** To be called once a second. */
  report(): void {
    this.#stream.report();
  }

  /** Takes what the peer reports. */
  handleRtcp(message: RtcpMessage): void {
    this.#stream.handleRtcp(message);
  }

  /** What was sent so far, and how it arrived; a copy. */
  stats(): SendStats {
    return { ...this.#stats, roundTripMs: this.roundTripMs };
  }

  /** Forgets sent packets. */
  close(): void {
    this.#stream.close();
  }

  #drop(): void {
    const started = this.#stats.framesSent > 0;
    if (started) this.#stats.framesDropped += 1;
    if (performance.now() - this.#askedForKeyFrameAt < keyFrameRetryMs) return;
    this.#requestKeyFrame(started ? 'dropped' : 'joined');
  }

  #requestKeyFrame(reason: KeyFrameReason): void {
    this.#askedForKeyFrameAt = performance.now();
    this.#options.onKeyFrameRequest(reason);
  }
}

/**
 * The time stamp of the next picture. The first one of another rendition may show the same moment as the last one sent, or one
 * just before: browsers throw such a picture away, and all that follow it. A jump is left as it is: a source has begun anew.
 */
function follow(last: number, next: number): number {
  return next <= last && last - next < overlapUs ? last + leastStepUs : next;
}
