import type { IncomingHttpHeaders } from 'node:http';

/**
 * True when a request came by HTTPS or WSS: to us, or to a proxy that says so in `X-Forwarded-Proto`. Who lies there
 * only misleads itself.
 *
 * @param encrypted - Whether our own socket is TLS.
 */
export function isSecureRequest(headers: IncomingHttpHeaders, encrypted: boolean): boolean {
  const forwarded = headers['x-forwarded-proto'];
  const all = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
  // Each proxy adds its own at the end: the first is what the caller used.
  const first = all?.split(',', 1)[0]?.trim().toLowerCase();
  if (first === undefined || first === '') return encrypted;
  return first === 'https' || first === 'wss';
}
