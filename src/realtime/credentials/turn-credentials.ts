import { cloudflareSource } from './cloudflare.js';
import type { CloudflareTurnOptions } from './cloudflare.js';
import { coturnSource } from './coturn.js';
import type { CoturnTurnOptions } from './coturn.js';
import { huggingFaceSource } from './hugging-face.js';
import type { HuggingFaceTurnOptions } from './hugging-face.js';
import { KeptCredentials } from './kept-credentials.js';
import { twilioSource } from './twilio.js';
import type { TwilioTurnOptions } from './twilio.js';
import type { TurnConfiguration, TurnSource } from './turn-configuration.js';

/** Who gives TURN credentials, and what it needs to know. */
export interface TurnMethods {
  /** Cloudflare, by a key of one's own or a token of Hugging Face. */
  cloudflare: CloudflareTurnOptions;
  /** Cloudflare's servers, by a token of Hugging Face. */
  hf: HuggingFaceTurnOptions;
  /** Twilio. */
  twilio: TwilioTurnOptions;
  /** One's own server. */
  coturn: CoturnTurnOptions;
}

/** Name of one of {@link TurnMethods}. */
export type TurnMethod = keyof TurnMethods;

/** The options may be left out where the environment can say all of them. */
type MethodOptions<M extends TurnMethod> = object extends TurnMethods[M]
  ? [options?: TurnMethods[M]]
  : [options: TurnMethods[M]];

const sources: { [M in TurnMethod]: (options: TurnMethods[M]) => TurnSource } = {
  cloudflare: cloudflareSource,
  hf: huggingFaceSource,
  twilio: twilioSource,
  coturn: coturnSource,
};

/**
 * TURN credentials for a stream: a function to give as `rtcConfiguration`. It keeps what it got, and renews it after 80 % of
 * its time, by one request however many visitors wait for it. When that fails, what it has is given for as long as it holds.
 *
 * ```ts
 * new Stream({ handler, rtcConfiguration: turnCredentials('cloudflare') });
 * ```
 *
 * @returns Rejects with {TurnCredentialsError} when the service gives none, and with the reason of `signal`.
 * @throws {TypeError} or {RangeError} at once, naming the option and the variable that could stand for it.
 */
export function turnCredentials<M extends TurnMethod>(
  method: M,
  ...[options]: MethodOptions<M>
): () => Promise<TurnConfiguration> {
  const kept = new KeptCredentials(sourceOf(method, options));
  return () => kept.get();
}

/**
 * TURN credentials, fetched once and not kept.
 *
 * @throws {TypeError} or {RangeError} naming the option, and the variable that could stand for it.
 * @throws {TurnCredentialsError} when the service gives none.
 */
export async function getTurnCredentials<M extends TurnMethod>(
  method: M,
  ...[options]: MethodOptions<M>
): Promise<TurnConfiguration> {
  return (await sourceOf(method, options)()).configuration;
}

function sourceOf<M extends TurnMethod>(method: M, options: unknown = {}): TurnSource {
  if (!Object.hasOwn(sources, method)) {
    const known = Object.keys(sources).join(', ');
    throw new TypeError(`method: expected one of ${known}, got ${String(method)}`);
  }
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options: expected an object, got ${String(options)}`);
  }
  return sources[method](options as TurnMethods[M]);
}
