import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RouteOptions, TelephoneRouteOptions } from '../http/realtime/stream-host.js';
import { videoCodecNames } from '../media/encoded-video-chunk.js';
import { checkNames, checkObject } from '../util/check-options.js';
import { show } from '../util/show-value.js';
import { checkValue } from './check-value.js';
import {
  flag,
  httpUrl,
  iceServer,
  ipAddress,
  isLogger,
  list,
  oneOf,
  pair,
  text,
  whole,
} from './schemas.js';
import type { IceServer } from './server-options.js';
import type { AnyStreamOptions, StreamRouteOptions, TelephoneOptions } from './stream-options.js';

/** What fits an option; the message completes "title: expected ...". Fields without one are the core's to check. */
type Schemas<Options> = Readonly<Record<keyof Options, z.ZodType | null>>;

const portSchema = whole(1, 65_535, 'ports from 1 to 65,535');

const optionSchemas: Schemas<AnyStreamOptions> = {
  handler: null,
  modality: null,
  mode: null,
  concurrencyLimit: null,
  timeLimitMs: null,
  onError: null,
  allowExtraTracks: flag(),
  rtcConfiguration: plainObject('an object or a function', true).nullable(),
  serverRtcConfiguration: plainObject('an object { iceServers }').nullable(),
  icePortRange: pair(portSchema, 'two ports [min, max]').refine(
    ([min, max]) => min <= max,
    'two ports [min, max]',
  ),
  announcedAddresses: list(ipAddress(), 'a list of IP addresses'),
  videoCodecs: list(oneOf(videoCodecNames), 'a list of codecs', 1),
  videoBitrate: whole(100_000, 1_000_000_000, '100,000 to 1,000,000,000 bits per second'),
  connectTimeoutMs: whole(1, 2_147_483_647, 'a number of milliseconds from 1'),
  trackConstraints: plainObject('an object').nullable(),
  rtpParams: plainObject('an object').nullable(),
  title: text(),
  routes: plainObject('an object of routes'),
  allowedOrigins: z.union([z.literal('*'), z.array(z.string())], {
    error: "a list of origins, or '*'",
  }),
  authorize: functionSchema(),
  protectIds: flag(),
  logger: z.custom((value) => isLogger(value), {
    error: 'an object with the methods debug, info, warn, error and child',
    params: { wrongType: true },
  }),
};

const pathSchema = text('true, false, or a path such as /inputs').regex(
  /^\/[\w~./-]*[\w~-]$/,
  'true, false, or a path such as /inputs',
);
const switchOrPath = z.union([z.boolean(), pathSchema], {
  error: 'true, false, or a path such as /inputs',
});

const routeSchemas: Schemas<StreamRouteOptions> = {
  inputHook: switchOrPath,
  outputs: switchOrPath,
  triggerResponse: switchOrPath,
  configuration: flag(),
  websocket: flag(),
  telephone: plainObject('true, false, or an object').or(z.boolean()),
  client: flag(),
  page: z.union([z.boolean(), text(), z.instanceof(URL)], {
    error: 'true, false, or the path of an HTML file',
  }),
};

const telephoneSchemas: Schemas<TelephoneOptions> = {
  authToken: text(),
  publicUrl: httpUrl(),
  greeting: text().nullable(),
  farewell: text().nullable(),
};

/** The options that are not the core's, checked and filled in. */
export interface ReadStreamOptions {
  readonly routes: RouteOptions;
  readonly allowedOrigins: readonly string[] | '*';
  /** Each with what we know of a server, and no more. */
  readonly iceServers: readonly IceServer[];
}

/** @throws {TypeError} or {RangeError} naming the option and what was got. */
export function readStreamOptions(options: AnyStreamOptions): ReadStreamOptions {
  checkFields('', options, optionSchemas);
  const { routes = {}, allowedOrigins = [], serverRtcConfiguration } = options;
  checkFields('routes.', routes, routeSchemas);
  if (allowedOrigins !== '*') for (const origin of allowedOrigins) checkOrigin(origin);
  return {
    routes: readRoutes(routes),
    allowedOrigins,
    iceServers: readIceServers(serverRtcConfiguration?.iceServers),
  };
}

function checkFields<Options extends object>(
  prefix: string,
  options: Options,
  schemas: Schemas<Options>,
): void {
  checkObject(prefix === '' ? 'options' : prefix.slice(0, -1), options);
  checkNames(prefix, options, Object.keys(schemas));
  for (const [name, value] of Object.entries(options)) {
    const schema = schemas[name as keyof Options];
    if (schema !== null && value !== undefined) checkValue(prefix + name, schema, value);
  }
}

function readRoutes(routes: StreamRouteOptions): RouteOptions {
  const at = (value: boolean | string = true, usual: string): string | null =>
    value === true ? usual : value === false ? null : value;
  return {
    inputHook: at(routes.inputHook, '/input_hook'),
    outputs: at(routes.outputs, '/outputs'),
    triggerResponse: at(routes.triggerResponse, '/trigger_response'),
    configuration: routes.configuration ?? true,
    websocket: routes.websocket ?? true,
    telephone: readTelephone(routes.telephone),
    client: routes.client ?? true,
    page: readPage(routes.page),
  };
}

function readPage(page: StreamRouteOptions['page']): RouteOptions['page'] {
  if (page === undefined) return 'auto';
  if (typeof page === 'boolean') return page ? 'always' : 'never';
  const isUrl = page instanceof URL || page.startsWith('file:');
  return { file: path.resolve(isUrl ? fileURLToPath(page) : page) };
}

function readTelephone(telephone: StreamRouteOptions['telephone']): TelephoneRouteOptions | null {
  if (telephone === false) return null;
  const options = typeof telephone === 'object' ? telephone : {};
  checkFields('routes.telephone.', options, telephoneSchemas);
  const { authToken = null, publicUrl = null, greeting, farewell } = options;
  return {
    authToken,
    publicUrl,
    ...(greeting !== undefined && { greeting }),
    ...(farewell !== undefined && { farewell }),
  };
}

/** What providers send beside the W3C's fields, such as Twilio's `url`, is left out. */
function readIceServers(servers: unknown): readonly IceServer[] {
  if (servers === undefined) return [];
  const name = 'serverRtcConfiguration.iceServers';
  const entries = checkValue(name, list(z.unknown(), 'a list of servers'), servers);
  return entries.map((entry, index) => {
    const label = `${name}[${index}]`;
    const fields = checkValue(label, plainObject('an object { urls }'), entry) as IceServer;
    const { urls, username, credential } = fields;
    return checkValue(label, iceServer(), {
      urls,
      ...(username !== undefined && { username }),
      ...(credential !== undefined && { credential }),
    });
  });
}

function checkOrigin(origin: string): void {
  // What sandboxed pages and files send.
  if (origin === 'null') return;
  if (URL.canParse(origin) && new URL(origin).origin === origin) return;
  throw new RangeError(
    `allowedOrigins: expected origins such as "https://example.org", got ${show(origin)}`,
  );
}

function plainObject(expected: string, orFunction = false): z.ZodType<object> {
  return z.custom<object>(
    (value) =>
      (typeof value === 'object' && value !== null && !Array.isArray(value)) ||
      (orFunction && typeof value === 'function'),
    { error: expected, params: { wrongType: true } },
  );
}

function functionSchema(): z.ZodType {
  return z.custom((value) => typeof value === 'function', {
    error: 'a function',
    params: { wrongType: true },
  });
}
