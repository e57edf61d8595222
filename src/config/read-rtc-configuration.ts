import { z } from 'zod';
import { checkNames } from '../util/check-options.js';
import { show } from '../util/show-value.js';
import { plainObject } from './check-fields.js';
import { checkValue } from './check-value.js';
import { iceServer, list } from './schemas.js';
import type { IceServer } from './server-options.js';

/** Fields of W3C's `RTCConfiguration`: one object may be given for both sides. */
const configurationFields = [
  'iceServers',
  'iceTransportPolicy',
  'iceCandidatePoolSize',
  'bundlePolicy',
  'rtcpMuxPolicy',
];

/**
 * The servers in `serverRtcConfiguration`. What providers send beside the W3C's fields, such as Twilio's `url`, is left out.
 *
 * @throws {TypeError} or {RangeError} naming the field.
 */
export function readServerConfiguration(
  configuration: { readonly iceServers?: unknown } | null | undefined,
): readonly IceServer[] {
  if (configuration == null) return [];
  checkNames('serverRtcConfiguration.', configuration, configurationFields);
  const { iceServers } = configuration;
  if (iceServers === undefined) return [];
  const name = 'serverRtcConfiguration.iceServers';
  const entries = checkValue(name, list(z.unknown(), 'a list of servers'), iceServers);
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

/**
 * Checks what browsers are to be given, as far as it would fail there: the servers, and that it can be sent.
 *
 * @throws {TypeError} naming the field. Credentials are not in the message.
 */
export function checkRtcConfiguration(configuration: object): void {
  const name = 'rtcConfiguration.iceServers';
  const { iceServers } = configuration as { iceServers?: unknown };
  if (iceServers !== undefined) {
    if (!Array.isArray(iceServers)) {
      throw new TypeError(`${name}: expected a list of servers, got ${typeof iceServers}`);
    }
    for (const [index, server] of iceServers.entries()) {
      const { urls } = (server ?? {}) as { urls?: unknown };
      const all: unknown[] = Array.isArray(urls) ? urls : [urls];
      if (all.length > 0 && all.every((url) => typeof url === 'string')) continue;
      throw new TypeError(`${name}[${index}].urls: expected addresses, got ${show(urls)}`);
    }
  }
  checkJson('rtcConfiguration', configuration);
}

/** @throws {TypeError} naming the field, when it cannot be sent to browsers. */
export function checkJson(field: string, value: unknown): void {
  try {
    JSON.stringify(value);
  } catch (cause) {
    throw new TypeError(`${field}: expected what JSON can hold`, { cause });
  }
}
