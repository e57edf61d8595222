import { LinkEstimator } from '../../src/rtc/link/link-estimator.js';
import type { LinkEstimate } from '../../src/rtc/link-estimate.js';
import { SentLog } from '../../src/rtc/sent-log.js';

/** What the network of a {@link SimulatedLink} is like; may change at any time. */
export interface SimulatedNetwork {
  /** Bits per second of the narrowest place; `Infinity` for none. */
  bitrate: number;
  /** Its queue is so long at most; what comes then is lost. */
  maxQueueMs: number;
  /** One way. */
  delayMs: number;
  /** Of each packet, evenly spread, at most. */
  jitterMs: number;
  /** Share of the packets lost by chance. */
  loss: number;
  /** Nothing goes through. */
  down: boolean;
}

const packetBytes = 1200;
const framesPerSecond = 30;
const feedbackMs = 100;

interface UnderWay {
  number: number;
  arrivesAt: number;
}

/**
 * A sender of pictures, a network, and a peer that reports when packets arrive, without a clock of their own: what takes a
 * minute is computed at once, the same each time.
 */
export class SimulatedLink {
  readonly network: SimulatedNetwork = {
    bitrate: Infinity,
    maxQueueMs: 500,
    delayMs: 10,
    jitterMs: 0,
    loss: 0,
    down: false,
  };
  /** Bits per second that pictures take; nothing is sent at 0. */
  bitrate = 0;
  /** Each so many pictures one is ten times as large. 0: never. */
  keyFrameEvery = 0;
  now = 1000;
  /** Told by the estimator. */
  readonly told: LinkEstimate[] = [];
  /** When it first told of congestion; `null` before. */
  congestedAt: number | null = null;
  readonly estimator: LinkEstimator;
  /** Longest that a packet waited since it was last set. */
  longestQueueMs = 0;
  readonly #log: SentLog = new SentLog();
  readonly #underWay: UnderWay[] = [];
  #freeAt = 0;
  #bytes = 0;
  #frames = 0;
  #owed = 0;
  #keyFrameDue = false;
  #nextFrameAt = 1000;
  #nextFeedbackAt = 1000;
  #reported = 0;
  #arrivals = new Map<number, number>();
  #highest = -1;
  #random = 12_345;
  #padding: { from: number; to: number; bitrate: number; sent: number } | null = null;

  constructor() {
    this.estimator = new LinkEstimator({
      sent: this.#log,
      bytesSent: () => this.#bytes,
      onLink: (link) => {
        this.told.push(link);
        if (link.congested) this.congestedAt ??= this.now;
      },
    });
  }

  get link(): LinkEstimate {
    return this.estimator.at(this.now);
  }

  /** Lets so many seconds pass; `each` is called every 250 ms. */
  run(seconds: number, each?: (link: LinkEstimate) => void): void {
    const end = this.now + seconds * 1000;
    let calls = 0;
    for (; this.now < end; this.now += 1) {
      if (this.now >= this.#nextFrameAt) this.#sendFrame();
      this.#pad();
      if (this.now >= this.#nextFeedbackAt) this.#report();
      if (++calls % 250 === 0) each?.(this.link);
    }
  }

  /** Makes the next picture a large one. */
  keyFrame(): void {
    this.#keyFrameDue = true;
  }

  /** Sends padding beside the pictures, as `PeerSession.probe`. */
  probe(bitrate: number, ms: number): void {
    this.#padding = { from: this.now, to: this.now + ms, bitrate, sent: this.#bytes };
    this.estimator.noteProbe(this.now, this.now + ms);
  }

  #sendFrame(): void {
    this.#nextFrameAt += 1000 / framesPerSecond;
    if (this.bitrate === 0) return;
    const isDue = this.keyFrameEvery > 0 && this.#frames++ % this.keyFrameEvery === 0;
    const isKey = isDue || this.#keyFrameDue;
    this.#keyFrameDue = false;
    this.#owed += (this.bitrate / 8 / framesPerSecond) * (isKey ? 10 : 1);
    for (; this.#owed >= packetBytes; this.#owed -= packetBytes) this.#send(packetBytes);
  }

  #pad(): void {
    const padding = this.#padding;
    if (padding === null) return;
    if (this.now > padding.to) {
      this.#padding = null;
      return;
    }
    const due = ((this.now - padding.from) * padding.bitrate) / 8000;
    while (this.#bytes - padding.sent + packetBytes <= due) this.#send(packetBytes);
  }

  #send(bytes: number): void {
    const { network, now } = this;
    this.#bytes += bytes;
    const number = this.#log.add(now, bytes);
    if (network.down || this.#chance() < network.loss) return;
    const starts = Math.max(now, this.#freeAt);
    if (starts - now > network.maxQueueMs) return;
    this.#freeAt = starts + (bytes * 8000) / network.bitrate;
    this.longestQueueMs = Math.max(this.longestQueueMs, this.#freeAt - now);
    const arrivesAt = this.#freeAt + network.delayMs + this.#chance() * network.jitterMs;
    this.#underWay.push({ number, arrivesAt });
  }

  #report(): void {
    this.#nextFeedbackAt += feedbackMs;
    for (let i = 0; i < this.#underWay.length; i++) {
      const { number, arrivesAt } = this.#underWay[i] as UnderWay;
      if (arrivesAt > this.now) continue;
      this.#underWay.splice(i--, 1);
      this.#arrivals.set(number, Math.round(arrivesAt * 4) / 4);
      const ahead = (number - this.#highest) & 0xffff;
      if (this.#highest < 0 || ahead < 0x8000) this.#highest = number;
    }
    const count = (this.#highest + 1 - this.#reported) & 0xffff;
    if (this.#highest < 0 || count === 0 || count > 0x8000) return;
    const arrivals = new Float64Array(count).map(
      (_, index) => this.#arrivals.get((this.#reported + index) & 0xffff) ?? Number.NaN,
    );
    const first = this.#reported;
    this.#reported = (this.#highest + 1) & 0xffff;
    this.#arrivals.clear();
    this.estimator.takeFeedback(this.now, { first, arrivals });
  }

  /** 0 to 1, the same numbers each time. */
  #chance(): number {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return this.#random / 0x8000_0000;
  }
}
