import { readBaseUrl, readTimeoutMs, readTtlMs, requireSecret } from './credential-options.js';
import type { TurnRequestOptions } from './credential-options.js';
import { readConfiguration } from './read-configuration.js';
import { requestJson } from './request-json.js';
import type { TurnConfiguration, TurnSource } from './turn-configuration.js';

/** Who asks Twilio. */
export interface TwilioTurnOptions extends TurnRequestOptions {
  /** SID of the account. Default: environment variable `TWILIO_ACCOUNT_SID`. */
  accountSid?: string;
  /** Auth token of the account. Default: environment variable `TWILIO_AUTH_TOKEN`. */
  authToken?: string;
  /** Default `https://api.twilio.com`. */
  baseUrl?: string;
}

const service = "Twilio's TURN service";

/** @throws {TypeError} or {RangeError} naming the option. */
export function twilioSource(options: TwilioTurnOptions): TurnSource {
  const accountSid = requireSecret('accountSid', options.accountSid, 'TWILIO_ACCOUNT_SID');
  const authToken = requireSecret('authToken', options.authToken, 'TWILIO_AUTH_TOKEN');
  const ttlMs = readTtlMs(options.ttlMs);
  const timeoutMs = readTimeoutMs(options.timeoutMs);
  const baseUrl = readBaseUrl(options.baseUrl ?? 'https://api.twilio.com');
  const { signal } = options;
  const basic = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  return async () => {
    const answer = await requestJson({
      service,
      url: `${baseUrl}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Tokens.json`,
      method: 'POST',
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ Ttl: String(ttlMs / 1000) }).toString(),
      timeoutMs,
      signal,
      secrets: [authToken, basic],
    });
    const { iceServers } = readConfiguration(service, answer, 'ice_servers');
    return {
      configuration: { iceServers, iceTransportPolicy: 'relay' },
      ttlMs: Math.min(ttlMs, statedTtlMs(answer) ?? ttlMs),
    };
  };
}

/** Twilio says how long they last, in seconds, as text. */
function statedTtlMs(answer: unknown): number | null {
  const seconds = Number((answer as { ttl?: unknown }).ttl);
  return seconds > 0 ? seconds * 1000 : null;
}

/**
 * Fetches credentials for Twilio's TURN servers, once; as the original's, they lead everything over a relay.
 * `turnCredentials('twilio')` keeps and renews them.
 *
 * @throws {TypeError} or {RangeError} naming the option, and the variable that could stand for it.
 * @throws {TurnCredentialsError} when the service gives none.
 * @see {@link https://www.twilio.com/docs/stun-turn/api}
 */
export async function twilioTurnCredentials(
  options: TwilioTurnOptions = {},
): Promise<TurnConfiguration> {
  return (await twilioSource(options)()).configuration;
}
