/** The routes a template can name, under our words and under the original's endpoint names. */
const routes: Readonly<Record<string, string>> = {
  homepage: '',
  index: '',
  static: 'static/',
  offer: 'offer',
  close_connection: 'close_connection',
  reset_connections: 'close_connection',
};

/** `url_for('static', path='/js/custom.js')` of a template. */
export type UrlFor = (name: unknown, ...rest: unknown[]) => string;

/**
 * Makes Starlette's `url_for` for one request. `path` may begin with a slash or not; Flask's
 * `filename` is taken too.
 *
 * @param root - How the page reaches the app's root, from `relativeRoot()`.
 * @returns A function that throws a `TypeError` for a route it does not know, which shows the page
 *   designer the misspelt name instead of a dead link.
 */
export function createUrlFor(root: string): UrlFor {
  return (name, ...rest) => {
    const key = typeof name === 'string' ? name.replace(/^_+/, '') : '';
    const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
    if (route === undefined) {
      throw new TypeError(
        `url_for: no route named ${JSON.stringify(name)}; there are ${Object.keys(routes).join(', ')}`,
      );
    }
    return key === 'static' ? root + route + encodePath(pathArgument(rest)) : root + route;
  };
}

/** nunjucks hands keyword arguments over as one last object. */
function pathArgument(rest: unknown[]): string {
  const [first] = rest;
  if (typeof first === 'string') return first;
  if (first !== null && typeof first === 'object') {
    const { path, filename } = first as { path?: unknown; filename?: unknown };
    const value = path ?? filename;
    if (typeof value === 'string') return value;
  }
  throw new TypeError("url_for: 'static' needs path='...'");
}

function encodePath(path: string): string {
  return path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/');
}
