import { readBaseUrl, readTimeoutMs, readTtlMs, requireSecret } from './credential-options.js';
import type { TurnRequestOptions } from './credential-options.js';
import { readConfiguration } from './read-configuration.js';
import { requestJson } from './request-json.js';
import type { TurnConfiguration, TurnSource } from './turn-configuration.js';

/** Who asks Hugging Face's service. */
export interface HuggingFaceTurnOptions extends TurnRequestOptions {
  /** Access token of Hugging Face. Default: environment variable `HF_TOKEN`. */
  token?: string;
  /** Default `https://turn.fastrtc.org`. */
  baseUrl?: string;
}

/** FastRTC's service, which hands out Cloudflare's servers to who has a token of Hugging Face. */
export function huggingFaceSource(
  options: HuggingFaceTurnOptions,
  tokenOption: string = 'token',
): TurnSource {
  const token = requireSecret(tokenOption, options.token, 'HF_TOKEN');
  const ttlMs = readTtlMs(options.ttlMs);
  const timeoutMs = readTimeoutMs(options.timeoutMs);
  const baseUrl = readBaseUrl(options.baseUrl ?? 'https://turn.fastrtc.org');
  const { signal } = options;
  const service = 'the TURN service for Hugging Face';
  return async () => {
    const answer = await requestJson({
      service,
      url: `${baseUrl}/credentials?ttl=${ttlMs / 1000}`,
      method: 'GET',
      headers: { authorization: `Bearer ${token}` },
      timeoutMs,
      signal,
      secrets: [token],
    });
    return { configuration: readConfiguration(service, answer, 'iceServers'), ttlMs };
  };
}

/**
 * Fetches credentials for Cloudflare's TURN servers by a token of Hugging Face, once. `turnCredentials('hf')` keeps and
 * renews them.
 *
 * @throws {TypeError} or {RangeError} naming the option, and the variable that could stand for it.
 * @throws {TurnCredentialsError} when the service gives none.
 */
export async function huggingFaceTurnCredentials(
  options: HuggingFaceTurnOptions = {},
): Promise<TurnConfiguration> {
  return (await huggingFaceSource(options)()).configuration;
}
