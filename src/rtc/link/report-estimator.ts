import { QueueDelay } from './queue-delay.js';
import { highLoss, lowLoss } from './rate-control.js';

/** A peer's own estimate that falls to less than this share was lowered because of congestion. */
const fallShare = 0.97;
/** What was congested counts as such for so long. */
const congestedMs = 700;
/** After a congestion, what is sent proves nothing for a while. */
const calmMs = 2000;
/** Round trips that grew by so much mean a queue. */
const growingMs = 80;
/**
 * So many measurements in a row must show a queue: it lasts, while a packet that waited for the processor of a busy machine, which
 * may be ours, is late alone. Taking that for the network's fault would have us encode more renditions just then.
 */
const sureRoundTrips = 3;
/** One that lasts has grown once it is longer by this share. One that does not grow drains, or a machine is busy for long. */
const grownShare = 0.25;
/** What the peer itself says of a congestion bears out what the round trip says of the queue for so long. */
const witnessMs = 5000;
/** What is left of the bitrate without a word of the peer about it, at most once a second. */
const decrease = 0.8;
const decreaseEveryMs = 1000;
const growth = 0.08;
const knownShare = 1.5;
/** A peer that has not said its own estimate for so long does not say it any more: it does so when it changes. */
const ownFreshMs = 30_000;

/**
 * What the network bears, for a peer that does not say when packets arrive: from its own estimate (REMB) if it has one, from
 * the losses it reports, and from the round trip.
 */
export class ReportEstimator {
  /** Bits per second; `null` while the link has not shown any limit. */
  bitrate: number | null = null;
  /** 0 to 1. */
  fractionLost = 0;
  readonly #roundTrip: QueueDelay = new QueueDelay();
  #own: number | null = null;
  #ownAt: number = Number.NEGATIVE_INFINITY;
  #congestedAt: number = Number.NEGATIVE_INFINITY;
  #loweredAt: number = Number.NEGATIVE_INFINITY;
  #grewAt: number = Number.NaN;
  #newest: number | null = null;
  /** What the last round trips had grown by. */
  #grown: readonly number[] = [];
  #sureQueueMs = 0;
  /** The shortest since it was seen to grow last. */
  #lowestQueueMs = 0;
  #witnessedAt: number = Number.NEGATIVE_INFINITY;

  /**
   * What the round trip has grown by; `null` while the peer itself has not said lately that there is a congestion: by itself it may as
   * well be that a machine is busy, and nothing would drain in a pause.
   */
  queueMsAt(now: number): number | null {
    return now - this.#witnessedAt < witnessMs ? this.#sureQueueMs : null;
  }

  /** More is sent than the network takes. */
  congestedAt(now: number): boolean {
    return now - this.#congestedAt < congestedMs;
  }

  /** Takes the peer's own estimate. */
  takeBandwidth(now: number, bitrate: number, sentBitrate: number): void {
    const before = this.#own;
    this.#own = bitrate;
    this.#ownAt = now;
    // The first one is of a beginner: it lags behind what goes through.
    const fell = before === null ? this.#isTroubled() : bitrate < before * fallShare;
    if (fell && bitrate < sentBitrate * 1.1) {
      this.#congestedAt = now;
      this.#witnessedAt = now;
      this.bitrate = bitrate;
      this.#loweredAt = now;
    } else if (this.bitrate !== null) {
      this.bitrate = Math.max(bitrate, this.#proven(now, sentBitrate));
    }
  }

  /** Takes a report, or the answer to a keep-alive: then without a loss. */
  takeReport(
    now: number,
    report: { fractionLost: number | null; roundTripMs: number | null },
    sentBitrate: number,
  ): void {
    if (report.fractionLost !== null) this.fractionLost = report.fractionLost;
    const grows = report.roundTripMs !== null && this.#takeRoundTrip(now, report.roundTripMs);
    const lossy = report.fractionLost !== null && this.fractionLost > highLoss;
    if (lossy) this.#witnessedAt = now;
    if (grows || lossy) {
      this.#congestedAt = now;
      if (now - this.#ownAt > ownFreshMs || this.fractionLost > highLoss) {
        this.#lower(now, sentBitrate);
      }
    } else if (report.fractionLost !== null) {
      this.#grow(now, sentBitrate);
    }
  }

  /** True when the queue has grown. */
  #takeRoundTrip(now: number, roundTripMs: number): boolean {
    // The same one comes with every report until there is another.
    if (roundTripMs === this.#newest) return false;
    this.#newest = roundTripMs;
    this.#grown = [...this.#grown.slice(1 - sureRoundTrips), this.#roundTrip.add(now, roundTripMs)];
    const queueMs = this.#grown.length < sureRoundTrips ? 0 : Math.min(...this.#grown);
    this.#sureQueueMs = queueMs;
    const lowest = Math.min(this.#lowestQueueMs, queueMs);
    const grows = queueMs - lowest > Math.max(growingMs, lowest * grownShare);
    this.#lowestQueueMs = grows ? queueMs : lowest;
    return grows;
  }

  #isTroubled(): boolean {
    return this.#sureQueueMs > growingMs || this.fractionLost > highLoss;
  }

  #lower(now: number, sentBitrate: number): void {
    if (now - this.#loweredAt < decreaseEveryMs || sentBitrate === 0) return;
    this.#loweredAt = now;
    const through = sentBitrate * (1 - this.fractionLost);
    this.bitrate = Math.min(this.bitrate ?? through, through) * decrease;
  }

  #grow(now: number, sentBitrate: number): void {
    if (this.bitrate === null) return;
    const elapsed = Number.isNaN(this.#grewAt) ? 0 : Math.min(1000, now - this.#grewAt);
    this.#grewAt = now;
    if (now - this.#ownAt < ownFreshMs) {
      this.bitrate = Math.max(this.bitrate, this.#proven(now, sentBitrate));
      return;
    }
    const limit = Math.max(this.bitrate, sentBitrate * knownShare);
    this.bitrate = Math.min(limit, this.bitrate * (1 + (growth * elapsed) / 1000));
  }

  /** What goes through without harm now. */
  #proven(now: number, sentBitrate: number): number {
    const calm = now - this.#congestedAt > calmMs && this.fractionLost < lowLoss;
    return calm && this.#sureQueueMs < growingMs / 2 ? sentBitrate : 0;
  }
}
