import type { IceServer } from '../../rtc/peer-session-types.js';
import type { TurnConfiguration } from './turn-configuration.js';
import { TurnCredentialsError } from './turn-credentials-error.js';

/** Addresses of STUN and TURN servers. */
export const iceUrl: RegExp = /^(stun|turn)s?:\S+$/i;

/**
 * The servers in a service's answer: a list, or a single one.
 *
 * @param field - Where they are in it.
 * @throws {TurnCredentialsError} when there are none.
 */
export function readConfiguration(
  service: string,
  answer: unknown,
  field: 'iceServers' | 'ice_servers',
): TurnConfiguration {
  const found = isObject(answer) ? answer[field] : undefined;
  const iceServers = (Array.isArray(found) ? found : [found]).flatMap(readServer);
  if (iceServers.length === 0) {
    throw new TurnCredentialsError(`${service} answered without ICE servers`);
  }
  return { iceServers };
}

/** Browsers refuse a whole configuration for one server that they cannot read. */
function readServer(server: unknown): IceServer[] {
  if (!isObject(server)) return [];
  // Twilio also gives `url`, which browsers no longer know.
  const { urls = server.url, username, credential } = server;
  const known = (Array.isArray(urls) ? urls : [urls]).filter(
    (url): url is string => typeof url === 'string' && iceUrl.test(url),
  );
  const [first] = known;
  if (first === undefined) return [];
  const read: IceServer = { urls: Array.isArray(urls) ? known : first };
  if (typeof username === 'string') read.username = username;
  if (typeof credential === 'string') read.credential = credential;
  return [read];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
