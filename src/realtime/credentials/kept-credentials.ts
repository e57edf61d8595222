import { settledWithin } from '../core/settled-within.js';
import type { TurnConfiguration, TurnGrant, TurnSource } from './turn-configuration.js';

/** Credentials are renewed when so much of their time is over. */
const renewAfter = 0.8;

/** After a failure, credentials that still hold are used for so long before the next try. */
const retryAfterMs = 5000;

/** A service that is slower than this is not waited for by who can have credentials that still hold. */
const patienceMs = 1000;

/** Keeps credentials while they are good, and renews them in time: when they are asked for, by one request for all. */
export class KeptCredentials {
  readonly #source: TurnSource;
  #grant: TurnGrant | null = null;
  #renewAt = 0;
  #endsAt = 0;
  #renewing: Promise<void> | null = null;

  constructor(source: TurnSource) {
    this.#source = source;
  }

  /** A copy. @throws what the source throws, when there are none that still hold. */
  async get(): Promise<TurnConfiguration> {
    if (Date.now() >= this.#renewAt) {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = null;
      });
      const renewed = this.#renewing;
      if (Date.now() < this.#endsAt) await settledWithin(renewed, patienceMs);
      else await renewed;
    }
    return structuredClone((this.#grant as TurnGrant).configuration);
  }

  async #renew(): Promise<void> {
    const asked = Date.now();
    try {
      const grant = await this.#source();
      this.#grant = grant;
      this.#renewAt = asked + grant.ttlMs * renewAfter;
      this.#endsAt = asked + grant.ttlMs;
    } catch (error) {
      const now = Date.now();
      if (now >= this.#endsAt) throw error;
      this.#renewAt = Math.min(now + retryAfterMs, this.#endsAt);
    }
  }
}
