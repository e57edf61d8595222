import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RouteOptions, TelephoneRouteOptions } from '../http/realtime/stream-host.js';
import { show } from '../util/show-value.js';
import { checkFields, plainObject } from './check-fields.js';
import type { Schemas } from './check-fields.js';
import { flag, httpUrl, text } from './schemas.js';
import type { StreamRouteOptions, TelephoneOptions } from './stream-options.js';

const pathExpected = 'true, false, or a path such as /inputs';
const switchOrPath = z.union(
  [z.boolean(), text(pathExpected).regex(/^(?:\/(?!\.\.?(?:\/|$))[\w~.-]+)+$/, pathExpected)],
  { error: pathExpected },
);
const pageExpected = 'true, false, or the path of an HTML file';

const routeSchemas: Schemas<StreamRouteOptions> = {
  inputHook: switchOrPath,
  outputs: switchOrPath,
  triggerResponse: switchOrPath,
  configuration: flag(),
  websocket: flag(),
  telephone: plainObject('true, false, or an object').or(z.boolean()),
  client: flag(),
  page: z.union([z.boolean(), text(), z.instanceof(URL)], { error: pageExpected }),
};

const addressExpected = 'an address such as https://calls.example.org, without user and query';

const telephoneSchemas: Schemas<TelephoneOptions> = {
  authToken: text(),
  publicUrl: httpUrl().refine((value) => {
    if (!URL.canParse(value)) return true;
    const { username, password, search, hash } = new URL(value);
    return username + password + search + hash === '';
  }, addressExpected),
  greeting: text().nullable(),
  farewell: text().nullable(),
};

/** Checks which routes there are, and fills in the rest. @throws {TypeError} or {RangeError} naming the route. */
export function readRoutes(given: StreamRouteOptions): RouteOptions {
  checkFields('routes.', given, routeSchemas);
  const at = (value: boolean | string = true, usual: string): string | null =>
    value === true ? usual : value === false ? null : value;
  const routes: RouteOptions = {
    inputHook: at(given.inputHook, '/input_hook'),
    outputs: at(given.outputs, '/outputs'),
    triggerResponse: at(given.triggerResponse, '/trigger_response'),
    configuration: given.configuration ?? true,
    websocket: given.websocket ?? true,
    telephone: readTelephone(given.telephone),
    client: given.client ?? true,
    page: readPage(given.page),
  };
  checkClashes(routes);
  return routes;
}

function readPage(page: StreamRouteOptions['page']): RouteOptions['page'] {
  if (page === undefined) return 'auto';
  if (typeof page === 'boolean') return page ? 'always' : 'never';
  const file = pathOf(page);
  if (file === null || statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new RangeError(`routes.page: expected ${pageExpected}, got ${show(String(page))}`);
  }
  return { file };
}

/** `null` for URLs that are of no file. */
function pathOf(page: string | URL): string | null {
  if (typeof page === 'string' && !page.startsWith('file:')) return path.resolve(page);
  try {
    return fileURLToPath(page);
  } catch {
    return null;
  }
}

function readTelephone(telephone: StreamRouteOptions['telephone']): TelephoneRouteOptions | null {
  if (telephone === false) return null;
  const options = typeof telephone === 'object' ? telephone : {};
  checkFields('routes.telephone.', options, telephoneSchemas);
  // An environment variable that is not set must not open the routes to everybody.
  if ('authToken' in options && options.authToken === undefined) {
    throw new TypeError(
      'routes.telephone.authToken: expected text, got undefined; leave it out to check no signatures',
    );
  }
  const { authToken = null, publicUrl = null, greeting, farewell } = options;
  return {
    authToken,
    publicUrl,
    ...(greeting !== undefined && { greeting }),
    ...(farewell !== undefined && { farewell }),
  };
}

/** Of two routes at one path the second would never be asked. Express does not look at case. */
function checkClashes(routes: RouteOptions): void {
  const { configuration, websocket, telephone, client, page } = routes;
  const taken = new Set(['/webrtc/offer']);
  if (configuration) taken.add('/webrtc/configuration');
  if (websocket) taken.add('/websocket/offer');
  if (telephone !== null) taken.add('/telephone/incoming').add('/telephone/handler');
  const folders = [
    ...(client || page !== 'never' ? ['/client/'] : []),
    ...(page === 'never' ? [] : ['/page/']),
  ];
  for (const name of ['inputHook', 'outputs', 'triggerResponse'] as const) {
    const route = routes[name];
    if (route === null) continue;
    const plain = route.toLowerCase();
    if (taken.has(plain) || folders.some((folder) => `${plain}/`.startsWith(folder))) {
      throw new RangeError(`routes.${name}: expected a path of its own, got ${show(route)}`);
    }
    taken.add(plain);
  }
}
