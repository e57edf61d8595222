import { randomBytes } from 'node:crypto';
import type { DtlsLink } from './dtls-link.js';
import { sharedPacer } from './pacer.js';
import { sharedRun } from './packet-run.js';
import { payloadSizes } from './payload-sizes.js';
import type { OfferedExtensions } from './peer-offer.js';
import { Retransmitter } from './retransmitter.js';
import type { RtcpMessage } from './rtcp-reader.js';
import { RtpHeaderWriter } from './rtp-header.js';
import { firstSequenceNumber } from './rtp-identity.js';
import type { RtpIdentity } from './rtp-identity.js';
import { extendSequence } from './rtp-packet.js';
import { SendBudget } from './send-budget.js';
import { SenderReports } from './sender-reports.js';
import type { SendStats } from './viewer-stats.js';

export { createRtpIdentity } from './rtp-identity.js';
export type { RtpIdentity } from './rtp-identity.js';

/** What an {@link RtpStream} is told, and tells. */
export interface RtpStreamOptions {
  identity: RtpIdentity;
  /** The section it belongs to. */
  mid: string;
  extensions: OfferedExtensions;
  payloadType: number;
  /** True for pictures: packets are paced, and sent again when asked for. */
  paced: boolean;
  /** Of retransmissions; without it packets are sent again as they were. */
  rtxPayloadType: number | null;
  /** Of the RTP timestamps, in Hz. */
  clockRate: number;
  /** Counted up. */
  stats: SendStats;
  /** The time of day of a moment of the stream, in ms; `nowMs`, that of sending, when left out. */
  timeOfDay?: (microseconds: number, nowMs: number) => number;
  /** The peer needs a key frame. */
  onKeyFrameRequest?: (reason: 'pli' | 'fir') => void;
  /** The peer says how many bits a second it can take. */
  onBandwidth?: (bitrate: number) => void;
}

/** How the packets of one {@link RtpStream.send} are marked. */
export interface SendMarks {
  /** They can be decoded alone. */
  key: boolean;
  /** The last one carries the marker bit. */
  marker: boolean;
}

/** A picture, or a piece of sound, on its way out. */
interface Departure extends SendMarks {
  readonly payloads: readonly Buffer[];
  readonly timestamp: number;
  /** The first payload that was not sent yet. */
  next: number;
}

/** A new playout delay goes out with so many pictures: any packet may be lost. Afterwards with key frames. */
const playoutNewsPictures = 15;

/** One RTP stream to one peer: its headers over shared payloads, paced; reports and retransmission. */
export class RtpStream {
  readonly #link: DtlsLink;
  readonly #options: RtpStreamOptions;
  readonly #ssrc: number;
  readonly #stats: SendStats;
  readonly #headers: RtpHeaderWriter;
  readonly #reports: SenderReports;
  readonly #resender: Retransmitter | null;
  readonly #budget: SendBudget | null;
  readonly #timestampOffset: number = randomBytes(4).readUInt32BE(0);
  readonly #waiting: Departure[] = [];
  #waitingBytes = 0;
  /** Of the next packet: its sequence number, counted on over its roll-overs. */
  #index: number = firstSequenceNumber();
  #microseconds = 0;
  #timestamp = 0;
  #sentAtMs = 0;
  #octets = 0;
  #playoutDelayMs = 400;
  #playoutNews = 0;

  constructor(link: DtlsLink, options: RtpStreamOptions) {
    const { identity, payloadType, mid, extensions, paced } = options;
    const { ssrc, rtxSsrc } = identity;
    this.#link = link;
    this.#options = options;
    this.#ssrc = ssrc;
    this.#stats = options.stats;
    this.#headers = new RtpHeaderWriter(extensions, mid, { ssrc, payloadType });
    this.#reports = new SenderReports(link, { ...identity, ...options });
    this.#resender = paced ? new Retransmitter(link, { ...options, rtxSsrc }) : null;
    this.#budget = paced ? new SendBudget() : null;
  }

  /** Bytes that wait for their turn. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** How long the last of {@link waitingBytes} will wait, in ms. */
  get waitingMs(): number {
    return this.#budget === null ? 0 : this.#waitingBytes / this.#budget.bytesPerMs;
  }

  /**
   * Sends all payloads of a picture or a piece of sound: a first burst at once, what is beyond that in slices.
   *
   * @param microseconds - Its time.
   * @param payloads - At least one.
   * @throws {RangeError} for a payload that fits into no datagram, and whatever encrypting throws; nothing waits then.
   */
  send(microseconds: number, payloads: readonly Buffer[], { key, marker }: SendMarks): void {
    const nowMs = performance.now();
    const timestamp = this.#rtpTime(microseconds);
    this.#microseconds = microseconds;
    this.#timestamp = timestamp;
    this.#sentAtMs = nowMs;
    this.#waiting.push({ payloads, timestamp, key, marker, next: 0 });
    this.#waitingBytes += payloadSizes(payloads).total;
    try {
      if (this.#advance(nowMs)) sharedPacer.add(this);
    } catch (error) {
      // It would stand in the way of all that follow.
      this.#discard();
      throw error;
    }
  }

  /** The longest delay, in ms, before the peer shows a picture. Default 400. */
  setPlayoutDelay(ms: number): void {
    if (ms === this.#playoutDelayMs) return;
    this.#playoutDelayMs = ms;
    this.#playoutNews = playoutNewsPictures;
  }

  /** How fast packets leave, in bits a second; `null`, the default, where no limit of the link is known. */
  setPace(bitrate: number | null): void {
    this.#budget?.setRate(bitrate);
  }

  /**
   * Sends about so many bytes that the peer throws away, to see whether more goes through: packets of the newest picture
   * over RTX, 16 at most.
   *
   * @returns Bytes that were sent; 0 where there is no RTX, before the first picture, and while pictures wait.
   */
  sendPadding(bytes: number): number {
    if (this.#waiting.length > 0) return 0;
    return this.#resender?.pad(bytes, !this.#reports.answered, performance.now()) ?? 0;
  }

  /** Sends what may leave by now; the pacer calls it. False when nothing waits any more. */
  advance(nowMs: number): boolean {
    try {
      return this.#advance(nowMs);
    } catch {
      // What cannot be sent now will not be sent later; the viewer asks for a key frame.
      this.#discard();
      return false;
    }
  }

  /** Tells the viewer how RTP time and the time of day relate (RFC 3550, 6.4.1); once a second. */
  report(): void {
    if (this.#sentAtMs === 0) return;
    const last = {
      microseconds: this.#microseconds,
      timestamp: this.#timestamp,
      atMs: this.#sentAtMs,
    };
    this.#reports.send(last, this.#octets);
  }

  /** Takes what the viewer reports. */
  handleRtcp(message: RtcpMessage): void {
    switch (message.kind) {
      case 'report':
        for (const block of message.blocks) this.#reports.take(block);
        break;
      case 'nack':
        if (message.media === this.#ssrc) this.#takeNack(message.lost);
        break;
      case 'pli':
        this.#stats.pliCount += 1;
        this.#options.onKeyFrameRequest?.('pli');
        break;
      case 'fir':
        this.#stats.firCount += 1;
        this.#options.onKeyFrameRequest?.('fir');
        break;
      case 'bandwidth':
        this.#stats.estimatedBitrate = message.bitrate;
        this.#options.onBandwidth?.(message.bitrate);
        break;
      case 'arrivals':
        // Of all streams of the peer: read by the session.
        break;
    }
  }

  /** Forgets packets: those that wait are not sent, and those that were sent not again. */
  forget(): void {
    this.#discard();
    this.#resender?.clear();
  }

  /** Forgets packets, and is done. */
  close(): void {
    sharedPacer.remove(this);
    this.forget();
  }

  #rtpTime(microseconds: number): number {
    const ticks = Math.round((microseconds * this.#options.clockRate) / 1_000_000);
    // Not `>>> 0` alone: ticks can exceed 2 ** 53 no sooner than the universe ends, 2 ** 32 daily.
    return ((ticks % 2 ** 32) + this.#timestampOffset) >>> 0;
  }

  /** What is missing goes first: it is what the viewer waits for. */
  #advance(nowMs: number): boolean {
    const budget = this.#budget;
    budget?.fill(nowMs);
    if (budget !== null && this.#resender?.waits === true) {
      this.#resender.send(budget, !this.#reports.answered, nowMs);
    }
    while (this.#waiting.length > 0 && budget?.open !== false) {
      if (!this.#sendRun(this.#waiting[0] as Departure, nowMs)) this.#discard();
    }
    return this.#waiting.length > 0 || this.#resender?.waits === true;
  }

  /** Sends the next packets of a picture, so many as fit in one run; false when there is no way to the viewer. */
  #sendRun(departure: Departure, nowMs: number): boolean {
    const { payloads, timestamp, key, marker } = departure;
    if (departure.next === 0) this.#resender?.add(this.#index, timestamp, payloads, nowMs);
    const headers = this.#headers;
    const run = sharedRun;
    run.begin(this.#ssrc);
    if (departure.next === 0 && this.#playoutNews > 0) this.#playoutNews -= 1;
    const playoutDelayMs = key || this.#playoutNews > 0 ? this.#playoutDelayMs : null;
    const use = { mid: !this.#reports.answered, playoutDelayMs };
    const size = headers.begin(timestamp, use, nowMs);
    const { each: sizes } = payloadSizes(payloads);
    const last = payloads.length - 1;
    let { next } = departure;
    let bytes = 0;
    for (; next <= last && this.#budget?.open !== false; next++) {
      const payloadSize = sizes[next] as number;
      if (run.count > 0 && run.isFull(payloadSize)) break;
      const index = this.#index++;
      const at = run.add(size, payloadSize, index);
      const number = headers.numbers ? this.#link.log(nowMs, size + payloadSize) : 0;
      headers.write(run.bytes, at, size, marker && next === last, index & 0xffff, number);
      run.bytes.set(payloads[next] as Buffer, at + size);
      this.#budget?.take(size + payloadSize);
      bytes += payloadSize;
    }
    departure.next = next;
    this.#waitingBytes -= bytes;
    if (next > last) this.#waiting.shift();
    if (this.#link.sendRun(run) === 0 && run.count > 0) return false;
    this.#resender?.addRun(run, nowMs);
    this.#count(run.count, bytes, departure);
    return true;
  }

  #count(packets: number, bytes: number, { next, payloads, key }: Departure): void {
    this.#octets = (this.#octets + bytes) >>> 0;
    this.#stats.packetsSent += packets;
    this.#stats.bytesSent += bytes;
    if (next < payloads.length) return;
    this.#stats.framesSent += 1;
    if (key) this.#stats.keyFramesSent += 1;
  }

  #discard(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  #takeNack(lost: readonly number[]): void {
    this.#stats.nackCount += 1;
    if (this.#resender === null) return;
    for (const sequenceNumber of lost) {
      const index = extendSequence(sequenceNumber, this.#index - 1);
      if (index < this.#index) this.#resender.request(index);
    }
    if (this.#resender.waits && this.advance(performance.now())) sharedPacer.add(this);
  }
}
