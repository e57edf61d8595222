import type { Request } from 'express';
import type { UrlFor } from './url-for.js';

/** A mapping as Starlette's: `params.name`, `params['name']`, `params.get('name', 'default')`. */
type Params = Record<string, unknown>;

/**
 * What a template written for Starlette reads from `request`: `url` (with `path`, `query`), `base_url`,
 * `method`, `headers`, `query_params`, `path_params`, `client.host`, `url_for()`.
 */
export function templateRequest(request: Request, urlFor: UrlFor): object {
  const origin = originOf(request);
  const target = request.originalUrl.replace(/^\/+/, '/');
  const url = URL.canParse(target, origin) ? new URL(target, origin) : new URL(origin);
  return {
    method: request.method,
    url: printable(url.href, {
      path: url.pathname,
      query: url.search.slice(1),
      scheme: request.protocol,
      hostname: url.hostname,
      port: url.port,
    }),
    base_url: printable(`${origin}${request.baseUrl}/`, { path: `${request.baseUrl}/` }),
    headers: params(request.headers),
    query_params: params(request.query),
    path_params: params({}),
    client: { host: request.ip ?? '' },
    url_for: urlFor,
  };
}

/** What the client called us; a `Host` that is no host is not repeated. */
function originOf(request: Request): string {
  const origin = `${request.protocol}://${request.get('host') ?? ''}`;
  return URL.canParse(origin) ? origin : `${request.protocol}://localhost`;
}

/** Prints as `text`, and has fields. */
function printable(text: string, fields: object): object {
  return Object.defineProperty({ ...fields }, 'toString', { value: () => text });
}

function params(values: object): Params {
  const copy: Params = { ...values };
  return Object.defineProperties(copy, {
    get: { value: (key: string, fallback: unknown = null) => copy[key] ?? fallback },
    items: { value: () => Object.entries(copy) },
    keys: { value: () => Object.keys(copy) },
  });
}
