import { createHmac } from 'node:crypto';
import { readTtlMs } from './credential-options.js';
import { iceUrl } from './read-configuration.js';
import type { TurnConfiguration, TurnSource } from './turn-configuration.js';

/** Whose TURN server, and for whom. */
export interface CoturnTurnOptions {
  /** `turn:` and `turns:` addresses of the server, `stun:` too. */
  urls: string | readonly string[];
  /** coturn's `static-auth-secret`. */
  secret: string;
  /** Name that coturn logs. Default: none. */
  user?: string;
  /** How long the credentials are good for, rounded down to seconds: 1,000 to 172,800,000. Default 600,000. */
  ttlMs?: number;
}

/** @throws {TypeError} or {RangeError} naming the option. */
export function coturnSource(options: CoturnTurnOptions): TurnSource {
  const ttlMs = readTtlMs(options.ttlMs);
  // Everything is checked by the first.
  coturnTurnCredentials(options);
  return async () => ({ configuration: coturnTurnCredentials(options), ttlMs });
}

/**
 * Credentials for one's own TURN server that shares a secret with us (coturn's `use-auth-secret`): nobody is asked. They
 * cannot be taken back, only wait for their end; the clocks of both machines must agree.
 *
 * @throws {TypeError} or {RangeError} naming the option; never with the secret.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00}
 */
export function coturnTurnCredentials(options: CoturnTurnOptions): TurnConfiguration {
  const urls = readUrls(options.urls);
  const { secret, user = '' } = options;
  if (typeof secret !== 'string' || secret === '') {
    throw new TypeError('secret: expected the text of static-auth-secret');
  }
  if (typeof user !== 'string') throw new TypeError(`user: expected a string, got ${typeof user}`);
  const expiry = Math.floor((Date.now() + readTtlMs(options.ttlMs)) / 1000);
  const username = user === '' ? String(expiry) : `${expiry}:${user}`;
  const credential = createHmac('sha1', secret).update(username).digest('base64');
  return { iceServers: [{ urls, username, credential }] };
}

function readUrls(input: unknown): string | string[] {
  const urls: unknown[] = Array.isArray(input) ? input : [input];
  if (urls.length === 0) throw new TypeError('urls: expected at least one address');
  for (const url of urls) {
    if (typeof url !== 'string' || !iceUrl.test(url)) {
      throw new TypeError(`urls: expected turn:, turns: or stun: addresses, got ${String(url)}`);
    }
  }
  return Array.isArray(input) ? [...(input as string[])] : (input as string);
}
