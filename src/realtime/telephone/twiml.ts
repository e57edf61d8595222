/** What a call is answered with; see {@link twiml}. */
export interface TwimlOptions {
  /** Host and port that the caller's provider reached us at, e.g. from the `Host` header. */
  host: string;
  /** Path of the media stream's WebSocket, from its first slash. */
  path: string;
  /** True for `wss:`, false for `ws:`. */
  secure: boolean;
  /** Spoken first; `null` for nothing. Default: as FastRTC. */
  greeting?: string | null;
  /** Spoken when we hang up; `null` for nothing. Default: as FastRTC. */
  farewell?: string | null;
  /** Sent along with `start` as `customParameters`. */
  parameters?: Readonly<Record<string, string>>;
}

/** A name or an IPv4 or bracketed IPv6 address, and maybe a port. */
const hostPattern = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/**
 * The XML that leads a call to our WebSocket.
 *
 * @throws {TypeError} or {RangeError} naming the option.
 * @see {@link https://www.twilio.com/docs/voice/twiml/stream}
 */
export function twiml(options: TwimlOptions): string {
  const { host, path, secure, parameters = {} } = options;
  const {
    greeting = 'Connecting to the AI assistant.',
    farewell = 'The call has been disconnected.',
  } = options;
  if (!hostPattern.test(host)) throw new TypeError(`host: expected a host, got ${host}`);
  if (!path.startsWith('/')) throw new TypeError(`path: expected a leading slash, got ${path}`);
  const url = `${secure ? 'wss' : 'ws'}://${host}${path}`;
  const fields = Object.entries(parameters).map(
    ([name, value]) => `<Parameter name="${escapeXml(name)}" value="${escapeXml(value)}"/>`,
  );
  const stream =
    fields.length === 0
      ? `<Stream url="${escapeXml(url)}"/>`
      : `<Stream url="${escapeXml(url)}">${fields.join('')}</Stream>`;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<Response>${say(greeting)}<Connect>${stream}</Connect>${say(farewell)}</Response>`
  );
}

function say(text: string | null): string {
  return text === null ? '' : `<Say>${escapeXml(text)}</Say>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text and attribute values; characters that XML 1.0 cannot hold are left out. */
function escapeXml(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- these are what is looked for
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll(/\p{Surrogate}/gu, '')
      .replaceAll(/[&<>"']/g, (character) => entities[character] as string)
  );
}
