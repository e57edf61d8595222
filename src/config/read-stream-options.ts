import { z } from 'zod';
import type { RouteOptions } from '../http/realtime/stream-host.js';
import { receivableCodecNames } from '../media/encoded-video-chunk.js';
import { show } from '../util/show-value.js';
import { checkFields, functionSchema, plainObject } from './check-fields.js';
import type { Schemas } from './check-fields.js';
import { readRoutes } from './read-routes.js';
import {
  checkJson,
  checkRtcConfiguration,
  readServerConfiguration,
} from './read-rtc-configuration.js';
import { flag, ipAddress, isLogger, list, oneOf, pair, text, whole } from './schemas.js';
import type { IceServer } from './server-options.js';
import type { AnyStreamOptions } from './stream-options.js';

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
  videoCodecs: list(oneOf(receivableCodecNames), 'a list of codecs', 1),
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
  const { routes = {}, allowedOrigins = [], rtcConfiguration, serverRtcConfiguration } = options;
  if (allowedOrigins !== '*') for (const origin of allowedOrigins) checkOrigin(origin);
  if (typeof rtcConfiguration === 'object' && rtcConfiguration !== null) {
    checkRtcConfiguration(rtcConfiguration);
  }
  checkJson('trackConstraints', options.trackConstraints);
  checkJson('rtpParams', options.rtpParams);
  return {
    routes: readRoutes(routes),
    allowedOrigins,
    iceServers: readServerConfiguration(serverRtcConfiguration),
  };
}

function checkOrigin(origin: string): void {
  // What sandboxed pages and files send.
  if (origin === 'null') return;
  if (URL.canParse(origin) && new URL(origin).origin === origin) return;
  throw new RangeError(
    `allowedOrigins: expected origins such as "https://example.org", got ${show(origin)}`,
  );
}
