import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';

/** Why a page may use the stream. */
export type OriginVerdict = 'none' | 'same' | 'listed' | 'application' | 'refused';

/**
 * Judges the `Origin` of a request, which browsers send and pages cannot change.
 *
 * @returns `none`: no browser's page asks, or one of its own; `same`: a page of the same host; `listed`: one of
 *   `allowed`; `refused`: any other.
 */
export function judgeOrigin(
  request: IncomingMessage,
  allowed: readonly string[] | '*',
): OriginVerdict {
  const { origin } = request.headers;
  if (origin === undefined) return 'none';
  // Set by browsers alone, and right also behind a proxy that changes `Host`.
  if (request.headers['sec-fetch-site'] === 'same-origin') return 'same';
  if (hostsOf(request).some((host) => isSameHost(origin, host))) return 'same';
  return allowed === '*' || allowed.includes(origin) ? 'listed' : 'refused';
}

/** A page cannot set `X-Forwarded-Host` without asking first (CORS), or on a WebSocket at all. */
function hostsOf({ headers }: IncomingMessage): string[] {
  const forwarded = headers['x-forwarded-host'];
  const hosts = [headers.host, ...(typeof forwarded === 'string' ? forwarded.split(',') : [])];
  return hosts.filter((host) => host !== undefined).map((host) => host.trim());
}

function isSameHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  // With the page's scheme, so that its default port may be named or not.
  const ours = `${page.protocol}//${host}`;
  return URL.canParse(ours) && new URL(ours).host === page.host;
}

/**
 * True when middleware of the application, such as `cors()`, lets the origin read this answer. Only of weight for what browsers
 * ask before they send, not for WebSockets.
 */
export function applicationAllows(request: IncomingMessage, response: Response): boolean {
  const allowed = response.get('Access-Control-Allow-Origin');
  return allowed === '*' || (allowed !== undefined && allowed === request.headers.origin);
}

/** Lets a page of a listed origin read the answer. */
export function setCorsHeaders(
  request: IncomingMessage,
  response: Response,
  { credentials }: { credentials: boolean },
): void {
  const { origin = '' } = request.headers;
  response.set('Access-Control-Allow-Origin', origin).vary('Origin');
  if (credentials) response.set('Access-Control-Allow-Credentials', 'true');
  const method = request.headers['access-control-request-method'];
  if (request.method !== 'OPTIONS' || method === undefined) return;
  const headers = request.headers['access-control-request-headers'];
  response.set('Access-Control-Allow-Methods', method).set('Access-Control-Max-Age', '600');
  if (headers !== undefined) response.set('Access-Control-Allow-Headers', headers);
}
