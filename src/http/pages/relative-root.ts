import type { Request } from 'express';

/**
 * The way from the requested URL back to the app's root: `./`, `../../`, `./cam/`. Relative links
 * hold under any mount prefix, and also behind a proxy that strips a prefix we never see.
 */
export function relativeRoot(request: Request): string {
  const pathname = pathOf(request.originalUrl);
  if (opensPrefixWithoutSlash(request)) {
    return `./${pathname.slice(pathname.lastIndexOf('/') + 1)}/`;
  }
  const inside = pathname.slice(request.baseUrl.length);
  const depth = inside.split('/').length - 2;
  return depth > 0 ? '../'.repeat(depth) : './';
}

/** True for `GET /cam` when the app is mounted at `/cam`: its relative links would miss. */
export function opensPrefixWithoutSlash(request: Request): boolean {
  return request.baseUrl !== '' && pathOf(request.originalUrl) === request.baseUrl;
}

/** The query with its `?`, or nothing. */
export function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}

function pathOf(url: string): string {
  const withoutQuery = url.split('?', 1)[0] ?? '/';
  // a proxy may send the absolute form, http://host/path
  return withoutQuery.startsWith('/')
    ? withoutQuery
    : withoutQuery.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/';
}
