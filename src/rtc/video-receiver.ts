import { EncodedVideoChunk } from '../media/encoded-video-chunk.js';
import type { ReceivableCodecName } from '../media/encoded-video-chunk.js';
import { createDepacketizer } from './depacketizer.js';
import type { Depacketizer } from './depacketizer.js';
import { MissingPackets } from './missing-packets.js';
import { PictureWindow } from './picture-window.js';
import type { RtpClock } from './rtp-clock.js';
import type { ReceivedRtp } from './rtp-packet.js';

/** Time between two looks at what is missing. */
const checkMs = 10;
/** Shortest and longest time between two requests for a key frame: they grow rarer while none comes. */
const keyFrameGapMs = { min: 250, max: 2000 } as const;

/** What a {@link VideoReceiver} is joined to. */
export interface VideoReceiverOptions {
  codec: ReceivableCodecName;
  clock: RtpClock;
  /** True when the peer sends packets again (NACK). */
  nack: boolean;
  /** Round trip in ms; 0 while unknown. */
  roundTripMs: () => number;
  /** Takes the pictures, in order; after a loss the next is a key frame. */
  onPicture: (chunk: EncodedVideoChunk) => void;
  /** Sends a NACK, by full numbers. */
  askFor: (indexes: readonly number[]) => void;
  /** Sends a PLI. */
  askForKeyFrame: () => void;
  /** Counts a picture that was lost. */
  onLost: () => void;
}

/** Makes pictures of RTP packets: in order, whole, each with all it refers to. Its memory is bounded. */
export class VideoReceiver {
  readonly #options: VideoReceiverOptions;
  readonly #depacketizer: Depacketizer;
  readonly #window: PictureWindow;
  readonly #missing: MissingPackets;
  #highest: number | null = null;
  #awaitsKeyFrame = true;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #askGapMs: number = keyFrameGapMs.min;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: VideoReceiverOptions) {
    this.#options = options;
    this.#depacketizer = createDepacketizer(options.codec);
    this.#window = new PictureWindow((payload) => this.#depacketizer.startsKeyFrame(payload));
    this.#missing = new MissingPackets(options.nack);
  }

  /** The number of the newest packet; `null` before the first. */
  get highest(): number | null {
    return this.#highest;
  }

  /** Takes a packet, or one that was sent again. */
  push(packet: ReceivedRtp, nowMs: number): void {
    if (this.#closed) return;
    const expected = (this.#highest ?? packet.index - 1) + 1;
    if (this.#window.next === null || !this.#window.add(packet)) this.#restart(packet);
    if (packet.index > expected) this.#noteGap(expected, packet.index, nowMs);
    this.#missing.delete(packet.index);
    this.#highest = Math.max(this.#highest ?? packet.index, packet.index);
    this.#drain(nowMs);
    this.#look(nowMs);
  }

  /** To be called once a second. */
  tick(nowMs: number): void {
    if (this.#needsKeyFrame) this.requestKeyFrame(nowMs);
  }

  /** Asks for a key frame, unless that was done just now. */
  requestKeyFrame(nowMs: number): void {
    if (this.#closed || nowMs - this.#askedAtMs < this.#askGapMs) return;
    this.#askedAtMs = nowMs;
    this.#askGapMs = Math.min(this.#askGapMs * 2, keyFrameGapMs.max);
    this.#options.askForKeyFrame();
  }

  /** Begins anew, with another sender. */
  reset(): void {
    this.#window.clear(null);
    this.#missing.clear();
    this.#highest = null;
    this.#awaitsKeyFrame = true;
    this.#askGapMs = keyFrameGapMs.min;
    this.#disarm();
  }

  /** Takes no more, and leaves no timer. */
  close(): void {
    this.reset();
    this.#closed = true;
  }

  /** Too far ahead, or too much to keep: what is there will not become pictures any more. */
  #restart(packet: ReceivedRtp): void {
    if (this.#window.next !== null) {
      this.#lose();
      this.#missing.clear();
    }
    this.#window.clear(packet.index);
    this.#window.add(packet);
  }

  #noteGap(from: number, to: number, nowMs: number): void {
    const next = this.#window.next ?? to;
    if (this.#missing.add(Math.max(from, next), to, nowMs)) return;
    this.#missing.clear();
    this.#lose();
  }

  /** Hands on what is whole. */
  #drain(nowMs: number): void {
    while (!this.#closed) {
      const picture = this.#window.take(this.#awaitsKeyFrame);
      if (picture === null) break;
      this.#missing.dropBelow(this.#window.next ?? 0);
      const payloads = picture.map(({ payload }) => payload).filter(({ length }) => length > 0);
      // Padding that fills up a sender's time.
      if (payloads.length > 0) this.#deliver(payloads, picture[0] as ReceivedRtp, nowMs);
    }
    if (this.#awaitsKeyFrame && this.#missing.size === 0) this.#window.dropDeltas();
  }

  #deliver(payloads: readonly Buffer[], { timestamp }: ReceivedRtp, nowMs: number): void {
    const whole = this.#depacketizer.join(payloads);
    if (whole === null || (this.#awaitsKeyFrame && !whole.key)) {
      this.#lose();
      return;
    }
    if (whole.key) {
      this.#awaitsKeyFrame = false;
      this.#askGapMs = keyFrameGapMs.min;
    }
    this.#options.onPicture(
      new EncodedVideoChunk({
        type: whole.key ? 'key' : 'delta',
        timestamp: this.#options.clock.microseconds(timestamp, nowMs),
        data: whole.data,
      }),
    );
  }

  /** A picture is lost: those that follow refer to it. */
  #lose(): void {
    if (!this.#awaitsKeyFrame) this.#options.onLost();
    this.#awaitsKeyFrame = true;
  }

  /** Unless one is just coming. */
  get #needsKeyFrame(): boolean {
    return this.#awaitsKeyFrame && !this.#window.hasKeyStart;
  }

  /** Sees to what is missing, now and again. */
  #look(nowMs: number): void {
    if (this.#closed) return;
    if (this.#missing.size > 0) {
      const { ask, stuck, hopeless } = this.#missing.check(nowMs, this.#options.roundTripMs());
      if (ask.length > 0) this.#options.askFor(ask);
      if (hopeless !== null) this.#giveUp(hopeless);
      if (stuck) this.requestKeyFrame(nowMs);
    }
    if (this.#needsKeyFrame) this.requestKeyFrame(nowMs);
    if (this.#missing.size === 0) this.#disarm();
    else this.#arm();
  }

  #giveUp(index: number): void {
    this.#missing.dropBelow(index + 1);
    this.#lose();
    this.#window.dropBelow(index + 1);
    if (this.#missing.size === 0) this.#window.dropDeltas();
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#look(performance.now());
    }, checkMs);
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
