import { randomBytes } from 'node:crypto';
import { HmacSha1 } from './hmac-sha1.js';
import { isBindingResponse, writeBindingRequest, writeBindingResponse } from './stun-binding.js';

/** What ICE has agreed on. */
export interface IceAgreement {
  localUsername: string;
  localPassword: string;
  remoteUsername: string;
  remotePassword: string;
  /** Priority of a candidate that the peer would learn of by a keep-alive. */
  priority: number;
  /** True where we choose the path. */
  controlling: boolean;
  tieBreaker: bigint;
}

/**
 * STUN on the path in use, both ways. werift's takes five times as long, not counting its timers, promises and texts for a
 * log: in a crowd most of what comes in is STUN.
 */
export class KeepAlives {
  readonly #agreement: IceAgreement;
  readonly #local: HmacSha1;
  readonly #remote: HmacSha1;
  #asked: { transactionId: Uint8Array; atMs: number } | null = null;

  constructor(agreement: IceAgreement) {
    this.#agreement = agreement;
    this.#local = new HmacSha1(Buffer.from(agreement.localPassword, 'utf8'));
    this.#remote = new HmacSha1(Buffer.from(agreement.remotePassword, 'utf8'));
  }

  /** A request for a sign of life, to be sent now; the one before is forgotten. */
  ask(): Buffer {
    const { localUsername, remoteUsername, priority, controlling, tieBreaker } = this.#agreement;
    const transactionId = randomBytes(12);
    this.#asked = { transactionId, atMs: performance.now() };
    const username = `${remoteUsername}:${localUsername}`;
    return writeBindingRequest(
      { transactionId, username, priority, controlling, tieBreaker },
      this.#remote,
    );
  }

  /** Round trip in ms when `data` answers {@link ask}; `null` when it does not. */
  takeAnswer(data: Buffer): number | null {
    const asked = this.#asked;
    if (asked === null || !isBindingResponse(data, asked.transactionId, this.#remote)) return null;
    this.#asked = null;
    return performance.now() - asked.atMs;
  }

  /** The answer to a genuine request that came from `address`. */
  answer(request: Buffer, address: readonly [string, number]): Buffer | null {
    return writeBindingResponse(request, address, this.#local);
  }
}
