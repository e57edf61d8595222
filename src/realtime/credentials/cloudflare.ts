import { readBaseUrl, readSecret, readTimeoutMs, readTtlMs } from './credential-options.js';
import type { TurnRequestOptions } from './credential-options.js';
import { huggingFaceSource } from './hugging-face.js';
import { readConfiguration } from './read-configuration.js';
import { requestJson } from './request-json.js';
import type { TurnConfiguration, TurnSource } from './turn-configuration.js';

/** Who asks Cloudflare. What is given here counts before what the environment says. */
export interface CloudflareTurnOptions extends TurnRequestOptions {
  /** Id of the TURN key. Default: environment variable `CLOUDFLARE_TURN_KEY_ID`. */
  keyId?: string;
  /** API token of the TURN key. Default: environment variable `CLOUDFLARE_TURN_KEY_API_TOKEN`. */
  apiToken?: string;
  /**
   * Access token of Hugging Face, instead of a key of one's own: then its service is asked. Default: environment variable
   * `HF_TOKEN`, unless a key is given as an option.
   */
  hfToken?: string;
  /** Default `https://rtc.live.cloudflare.com`, or `https://turn.fastrtc.org` with a token of Hugging Face. */
  baseUrl?: string;
}

const keyIdVariable = 'CLOUDFLARE_TURN_KEY_ID';
const apiTokenVariable = 'CLOUDFLARE_TURN_KEY_API_TOKEN';

/** @throws {TypeError} or {RangeError} naming the option. */
export function cloudflareSource(options: CloudflareTurnOptions): TurnSource {
  const hasKey = options.keyId !== undefined || options.apiToken !== undefined;
  if (options.hfToken !== undefined || (!hasKey && readSecret('hfToken', undefined, 'HF_TOKEN'))) {
    return huggingFaceSource({ ...options, token: options.hfToken }, 'hfToken');
  }
  const keyId = readSecret('keyId', options.keyId, keyIdVariable);
  const apiToken = readSecret('apiToken', options.apiToken, apiTokenVariable);
  if (keyId === null || apiToken === null) {
    throw new TypeError(
      `${keyId === null ? 'keyId' : 'apiToken'}: expected keyId and apiToken, or hfToken, or environment variables ` +
        `${keyIdVariable} and ${apiTokenVariable}, or HF_TOKEN`,
    );
  }
  const ttlMs = readTtlMs(options.ttlMs);
  const timeoutMs = readTimeoutMs(options.timeoutMs);
  const baseUrl = readBaseUrl(options.baseUrl ?? 'https://rtc.live.cloudflare.com');
  const { signal } = options;
  return async () => {
    const answer = await requestJson({
      service: "Cloudflare's TURN service",
      url: `${baseUrl}/v1/turn/keys/${encodeURIComponent(keyId)}/credentials/generate-ice-servers`,
      method: 'POST',
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ttl: ttlMs / 1000 }),
      timeoutMs,
      signal,
      secrets: [apiToken],
    });
    const configuration = readConfiguration("Cloudflare's TURN service", answer, 'iceServers');
    return { configuration, ttlMs };
  };
}

/**
 * Fetches credentials for Cloudflare's TURN servers, once. `turnCredentials('cloudflare')` keeps and renews them.
 *
 * @throws {TypeError} or {RangeError} naming the option, and the variable that could stand for it.
 * @throws {TurnCredentialsError} when the service gives none.
 * @see {@link https://developers.cloudflare.com/realtime/turn/generate-credentials/}
 */
export async function cloudflareTurnCredentials(
  options: CloudflareTurnOptions = {},
): Promise<TurnConfiguration> {
  return (await cloudflareSource(options)()).configuration;
}
