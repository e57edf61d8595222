import { createHmac, timingSafeEqual } from 'node:crypto';

/** What Twilio signed. */
export interface SignedRequest {
  /** The whole URL that Twilio was told to call, as it was told, with its query; `wss:` for a media stream's socket. */
  url: string;
  /** Fields of the form that was posted; none for a socket. */
  parameters?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The header `X-Twilio-Signature`. */
  signature: string | readonly string[] | undefined;
}

/**
 * True when the request comes from somebody who knows the account's auth token. Takes the same time whatever is wrong.
 *
 * @throws {TypeError} when the token is empty.
 * @see {@link https://www.twilio.com/docs/usage/security#validating-requests}
 */
export function isSignedByTwilio(authToken: string, request: SignedRequest): boolean {
  if (authToken === '') throw new TypeError('authToken: expected a token, got ""');
  const { url, parameters = {}, signature } = request;
  if (typeof signature !== 'string') return false;
  const given = Buffer.from(signature);
  const fields = Object.keys(parameters)
    .sort()
    .map((name) => name + valuesOf(parameters[name]))
    .join('');
  // Twilio leaves the port out or in, as it likes.
  return withAndWithoutPort(url).reduce((found, each) => {
    const expected = Buffer.from(
      createHmac('sha1', authToken)
        .update(each + fields)
        .digest('base64'),
    );
    const same = expected.length === given.length && timingSafeEqual(expected, given);
    return same || found;
  }, false);
}

/** A field that was given several times: its values in order, each once. */
function valuesOf(value: string | readonly string[] | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : [...new Set(value)].sort().join('');
}

function withAndWithoutPort(url: string): string[] {
  const parts = /^([a-z]+):\/\/([^/?#]*?)(:\d+)?([/?#].*)?$/is.exec(url);
  if (parts === null) return [url];
  const [, scheme = '', host = '', port, rest = ''] = parts;
  if (port !== undefined) return [url, `${scheme}://${host}${rest}`];
  const usual = /^(https|wss)$/i.test(scheme) ? 443 : 80;
  return [url, `${scheme}://${host}:${usual}${rest}`];
}
