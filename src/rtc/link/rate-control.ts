import type { DelayTrend } from './delay-trend.js';

/** What the packets say of the network, at one moment. */
export interface NetworkState {
  trend: DelayTrend;
  /** How long packets wait in the network. */
  queueMs: number;
  /** Bits per second that arrive; `null` before it is known. */
  received: number | null;
  /** Bits per second that the narrowest place lets through; `null` while nothing waits there. */
  capacity: number | null;
  /** Share of the packets lost lately; `null` while too few were counted. */
  fractionLost: number | null;
}

/** A delay that grows from nothing to this is jitter, not a queue. */
const noticeableMs = 80;
/** With so long a queue it does not matter which way it goes. */
const longQueueMs = 200;
/** A peer that was busy for a moment reads its packets late, too: the queue must last so long. */
const sureMs = 100;
/** What is left of the rate that got through, so that the queue drains. */
const decrease = 0.85;
/** Less than this share of the estimate arrives: it is not what made the queue. */
const idleShare = 0.75;
/** A decrease has shown its effect after this, and the round trip. */
const settleMs = 250;
/** Growth per second; slower around the rate at which the link was full last. */
const growth = 0.08;
const carefulGrowth = 0.02;
const nearCapacity = 0.2;
/** The estimate grows no further than this beyond what arrives: more is not known to go through. */
const knownShare = 1.25;
/** Loss that says the link is full, and loss below which there is none to speak of (draft-ietf-rmcat-gcc-02, 6). */
export const highLoss = 0.1;
export const lowLoss = 0.02;
/** Loss that leaves no doubt: what arrives is what the link bears. */
const severeLoss = 0.25;
/** Less was sent than this of before, and the loss is still more than that of before: it does not depend on it. */
const obeyedShare = 0.9;
const helpfulShare = 0.7;
/** Nothing that can be watched comes below. */
const lowestBitrate = 30_000;

/** Additive-increase, multiplicative-decrease control of the estimated bitrate. */
export class RateControl {
  /** Bits per second; `null` while the link has not shown any limit. */
  bitrate: number | null = null;
  #overusedFrom: number = Number.NaN;
  #fullAt: number | null = null;
  #decreasedAt: number = Number.NEGATIVE_INFINITY;
  #updatedAt: number = Number.NaN;
  /** When the bitrate was lowered because of loss: what was sent, and the loss. */
  #yielded: { sent: number; fractionLost: number } | null = null;
  /** Share of the packets that gets lost however little is sent. */
  #chance = 0;

  /** When the bitrate was lowered last. */
  get loweredAt(): number {
    return this.#decreasedAt;
  }

  /**
   * Takes the state of the network.
   *
   * @param now - In ms.
   * @returns True when more is sent than the network takes.
   */
  update(now: number, state: NetworkState, roundTripMs: number): boolean {
    const elapsed = Number.isNaN(this.#updatedAt) ? 0 : now - this.#updatedAt;
    this.#updatedAt = now;
    const settled = now - this.#decreasedAt > settleMs + roundTripMs;
    if (isOverused(state)) {
      if (Number.isNaN(this.#overusedFrom)) this.#overusedFrom = now;
      const isSure = now - this.#overusedFrom >= sureMs;
      if (isSure && settled) this.#decrease(now, state);
      return isSure;
    }
    this.#overusedFrom = Number.NaN;
    const { fractionLost } = state;
    if (fractionLost !== null && fractionLost < lowLoss) {
      this.#yielded = null;
      this.#chance = 0;
    }
    if (fractionLost !== null && fractionLost > highLoss) {
      if (settled) this.#yieldToLoss(now, fractionLost, state.received);
      return fractionLost > severeLoss;
    }
    this.#grow(elapsed, state);
    return false;
  }

  /** So much went through without harm. */
  demonstrate(bitrate: number): void {
    if (this.bitrate !== null && bitrate > this.bitrate) this.bitrate = bitrate;
  }

  #decrease(now: number, { capacity, received }: NetworkState): void {
    if (capacity === null && received === null) return;
    const { bitrate } = this;
    const isIdle = bitrate !== null && received !== null && received < bitrate * idleShare;
    // Little was sent, and nothing says that it was too much: a step, not down to that.
    if (capacity === null && isIdle) {
      this.#lower(now, bitrate * decrease);
      return;
    }
    const through = capacity ?? received ?? 0;
    this.#fullAt = through;
    this.#lower(now, through * decrease);
  }

  /** Lowers the bitrate, unless that has not helped before: then the loss comes from the air, not from too much. */
  #yieldToLoss(now: number, fractionLost: number, received: number | null): void {
    if (received === null) return;
    const sent = received / (1 - fractionLost);
    const last = this.#yielded;
    if (last !== null) {
      const helped = fractionLost < last.fractionLost * helpfulShare;
      if (sent < last.sent * obeyedShare && !helped) this.#chance = fractionLost;
    }
    if (fractionLost < this.#chance * 1.5 && fractionLost < severeLoss) return;
    this.#yielded = { sent, fractionLost };
    const share = fractionLost > severeLoss ? 1 - fractionLost : 1 - fractionLost / 2;
    const wanted = Math.min(this.bitrate ?? sent, sent) * share;
    this.#lower(now, Math.max(wanted, received * decrease));
  }

  #lower(now: number, bitrate: number): void {
    this.#decreasedAt = now;
    this.bitrate = Math.max(lowestBitrate, Math.min(bitrate, this.bitrate ?? bitrate));
  }

  #grow(elapsed: number, state: NetworkState): void {
    const { bitrate } = this;
    if (bitrate === null || state.received === null) return;
    if (state.trend !== 'level') return;
    const limit = Math.max(bitrate, state.received * knownShare);
    const near = this.#fullAt !== null && Math.abs(bitrate / this.#fullAt - 1) < nearCapacity;
    const rate = near ? carefulGrowth : growth;
    this.bitrate = Math.min(limit, bitrate * (1 + (rate * Math.min(elapsed, 1000)) / 1000));
  }
}

function isOverused({ trend, queueMs }: NetworkState): boolean {
  // A key frame on a narrow link makes a long queue that drains by itself.
  return trend === 'rising' ? queueMs > noticeableMs : trend === 'level' && queueMs > longQueueMs;
}
