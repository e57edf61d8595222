import type { SentPacketInfo } from '../sent-log.js';
import type { TransportFeedback } from '../transport-feedback.js';
import { ArrivalRate } from './arrival-rate.js';
import { DelayTrendDetector } from './delay-trend.js';
import { LossWindow } from './loss-window.js';
import { PacketGroups } from './packet-groups.js';
import { ProbeMeter } from './probe-meter.js';
import { QueueDelay } from './queue-delay.js';
import { RateControl } from './rate-control.js';

/** Packets by their transport-wide number; a `SentLog` is one. */
export interface SentRecords {
  /** Packets logged so far: the newest has one number less, in 16 bits. */
  readonly count: number;
  /** `null` for one that is too old. Valid until the next call. */
  lookup(number: number): Readonly<SentPacketInfo> | null;
}

/** The peer's clock begins anew after this. */
const clockSpanMs = 2 ** 24 * 64;
/** Our reading of that clock begins here: some packets may have come earlier than the first we hear of. */
const clockStartMs = 100_000;
/** Of so many packets it is remembered what was said: as many as `SentLog` knows. */
const memory = 1024;
/** Without feedback for so long the path was away: delays from before compare with nothing, losses were no choice. */
const silenceMs = 1000;
/** Packets that are on their way for so long without a word of them are lost: what waited of them has begun to drain. */
const unheardMs = 700;
/** A probe makes a queue for a moment: that much of it, for so long, is no congestion. */
const probeQueueMs = 400;
const probeEchoMs = 400;
/** What was congested so long ago without feedback since counts no more. */
const freshMs = 600;

/**
 * What the network bears, from the times at which packets arrive (transport-wide congestion control). About 3 µs a
 * packet.
 */
export class ArrivalEstimator {
  readonly #groups: PacketGroups = new PacketGroups();
  readonly #trend: DelayTrendDetector = new DelayTrendDetector();
  readonly #queue: QueueDelay = new QueueDelay();
  readonly #rate: ArrivalRate = new ArrivalRate();
  readonly #loss: LossWindow = new LossWindow();
  readonly #control: RateControl = new RateControl();
  /** What was said of the newest packets: twice the number, and one more for those that arrived. */
  readonly #fates: Int32Array = new Int32Array(memory).fill(-1);
  #lossCountsFrom: number = Number.NEGATIVE_INFINITY;
  #probe: ProbeMeter | null = null;
  /** The newest packet that has arrived. */
  #newest = -1;
  #newestSentAt = 0;
  #probedUntil: number = Number.NEGATIVE_INFINITY;
  #overused = false;
  #fractionLost = 0;
  #heardAt: number = Number.NEGATIVE_INFINITY;
  #lastRaw: number = Number.NaN;
  #lastTime: number = clockStartMs;

  /** Bits per second; `null` while the link has not shown any limit. */
  get bitrate(): number | null {
    return this.#control.bitrate;
  }

  /** 0 to 1. */
  get fractionLost(): number {
    return this.#fractionLost;
  }

  /** How long packets wait in the network at `now`: while nothing is sent, the queue drains. */
  queueMsAt(now: number, sent: Pick<SentRecords, 'count'>): number | null {
    const { ms } = this.#queue;
    const allArrived = ((sent.count - 1) & 0xffff) === this.#newest;
    if (ms !== null && allArrived) return Math.max(0, ms - (now - this.#newestSentAt));
    return ms === null ? null : Math.max(0, ms - Math.max(0, now - this.#heardAt - unheardMs));
  }

  /** More is sent than the network takes. */
  congestedAt(now: number): boolean {
    return this.#overused && now - this.#heardAt < freshMs;
  }

  /** Nothing was heard for longer than feedback takes. */
  isSilent(now: number): boolean {
    return now - this.#heardAt > freshMs;
  }

  /** True when feedback came lately. */
  isFresh(now: number): boolean {
    return now - this.#heardAt < 10_000;
  }

  /** Measures the packets sent between two moments, as a burst that finds out what goes through. */
  measure(from: number, to: number): void {
    this.#probedUntil = to + probeEchoMs;
    this.#probe = new ProbeMeter(from, to);
  }

  /** Takes what the peer says of a stretch of packets. */
  take(
    now: number,
    { first, arrivals }: TransportFeedback,
    sent: SentRecords,
    roundTripMs: number,
  ): void {
    const resumed = now - this.#heardAt > silenceMs;
    if (resumed) this.#resume();
    const { arrived, lost } = this.#takePackets(now, first, arrivals, sent);
    if (arrived === 0) return;
    this.#heardAt = now;
    this.#loss.add(now, arrived, resumed ? 0 : lost);
    const fractionLost = this.#loss.fraction;
    this.#fractionLost = fractionLost ?? this.#fractionLost;
    const state = {
      trend: this.#trend.trend,
      queueMs: this.#queue.ms ?? 0,
      received: this.#rate.bitrate,
      capacity: this.#rate.capacityAt(this.#lastTime),
      fractionLost,
    };
    if (now < this.#probedUntil && state.queueMs < probeQueueMs) return;
    this.#overused = this.#control.update(now, state, roundTripMs);
    // What was lost before the bitrate was lowered says nothing of the lower one.
    if (this.#control.loweredAt === now) {
      this.#loss.clear();
      this.#lossCountsFrom = now;
    }
  }

  /** Takes each packet once, though feedback may speak of it again when others came late. */
  #takePackets(
    now: number,
    first: number,
    arrivals: Float64Array,
    sent: SentRecords,
  ): { arrived: number; lost: number } {
    let lost = 0;
    let arrived = 0;
    for (let index = 0; index < arrivals.length; index++) {
      const number = (first + index) & 0xffff;
      const record = sent.lookup(number);
      if (record === null) continue;
      const raw = arrivals[index] as number;
      const place = number % memory;
      const before = this.#fates[place] as number;
      const wasLost = before === number * 2;
      if (before === number * 2 + 1 || (wasLost && Number.isNaN(raw))) continue;
      const counts = record.sentAtMs >= this.#lossCountsFrom;
      if (Number.isNaN(raw)) {
        this.#fates[place] = number * 2;
        if (counts) lost += 1;
        continue;
      }
      this.#fates[place] = number * 2 + 1;
      if (wasLost && counts) lost -= 1;
      arrived += 1;
      if (record.sentAtMs >= this.#newestSentAt) {
        this.#newest = number;
        this.#newestSentAt = record.sentAtMs;
      }
      this.#takePacket(now, record.sentAtMs, this.#unwrap(raw), record.bytes);
    }
    return { arrived, lost };
  }

  #takePacket(now: number, sentAtMs: number, arrivedAt: number, bytes: number): void {
    const waited = this.#queue.add(now, arrivedAt - sentAtMs);
    this.#rate.add(sentAtMs, arrivedAt, bytes, waited);
    if (this.#groups.add(sentAtMs, arrivedAt)) {
      this.#trend.add(this.#groups.arrivedAt, this.#groups.growthMs);
    }
    if (this.#probe?.add(sentAtMs, arrivedAt, bytes) === true) {
      const { result } = this.#probe;
      if (result !== null) this.#control.demonstrate(result);
      this.#probe = null;
    }
  }

  #resume(): void {
    this.#groups.reset();
    this.#trend.reset();
    this.#rate.reset();
    this.#overused = false;
  }

  /** On a clock that only goes forward. */
  #unwrap(raw: number): number {
    if (!Number.isNaN(this.#lastRaw)) {
      let step = raw - this.#lastRaw;
      if (step < -clockSpanMs / 2) step += clockSpanMs;
      else if (step > clockSpanMs / 2) step -= clockSpanMs;
      this.#lastTime = Math.max(0, this.#lastTime + step);
    }
    this.#lastRaw = raw;
    return this.#lastTime;
  }
}
