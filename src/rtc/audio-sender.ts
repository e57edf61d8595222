import type { EncodedAudioChunk } from '../media/encoded-audio-chunk.js';
import type { OfferedAudio } from './peer-offer.js';
import type { PeerTransport } from './peer-transport.js';
import type { RtcpMessage } from './rtcp-reader.js';
import { RtpStream } from './rtp-stream.js';
import type { RtpIdentity } from './rtp-stream.js';
import { createSendStats } from './viewer-stats.js';
import type { SendStats } from './viewer-stats.js';

/** What a peer's socket may have waiting before sound is left out: it has come too late then. */
const maxBacklogBytes = 512 * 1024;
/**
 * Pieces after whose sending the peer is told the time at once, beside once a second: it plays sound in step with the
 * pictures only once it was told twice.
 */
const earlyReports: readonly number[] = [1, 10];
/** A pause in the timestamps longer than that begins a new talkspurt. */
const pauseMicroseconds = 60_000;

/** Sound to one peer. */
export class AudioSender {
  readonly #transport: PeerTransport;
  readonly #stream: RtpStream;
  readonly #stats: SendStats = createSendStats();
  #expected = Number.NEGATIVE_INFINITY;
  #listening = true;
  /** Pieces since it began to listen. */
  #pieces = 0;

  constructor(
    transport: PeerTransport,
    { codec, mid, extensions }: OfferedAudio,
    identity: RtpIdentity,
    timeOfDay: (microseconds: number, nowMs: number) => number,
  ) {
    this.#transport = transport;
    this.#stream = new RtpStream(transport.link, {
      identity,
      mid,
      extensions,
      payloadType: codec.payloadType,
      paced: false,
      rtxPayloadType: null,
      clockRate: 48_000,
      stats: this.#stats,
      timeOfDay,
    });
  }

  /** Whether the peer listens; else it is sent nothing, nor told the time. Default true. */
  listen(listening: boolean): void {
    this.#listening = listening;
    this.#pieces = 0;
  }

  /** Sends a piece, or leaves it out; never waits and never throws. */
  write({ timestamp, duration, data }: EncodedAudioChunk): void {
    if (this.#transport.state !== 'connected' || !this.#listening) return;
    if (this.#transport.backlog > maxBacklogBytes) {
      this.#stats.framesDropped += 1;
      return;
    }
    // The marker bit begins a talkspurt (RFC 3551, 4.1).
    const marker = timestamp - this.#expected > pauseMicroseconds;
    this.#expected = timestamp + (duration ?? 20_000);
    this.#stream.send(timestamp, [data], { key: false, marker });
    this.#pieces += 1;
    if (earlyReports.includes(this.#pieces)) this.#stream.report();
  }

  /** To be called once a second. */
  report(): void {
    if (this.#listening && this.#pieces > 0) this.#stream.report();
  }

  /** Takes what the peer reports; the rest of RTCP is about pictures. */
  handleRtcp(message: RtcpMessage): void {
    if (message.kind === 'report') this.#stream.handleRtcp(message);
  }

  /** What was sent so far, and how it arrived; a copy. */
  stats(): SendStats {
    return { ...this.#stats };
  }
}
