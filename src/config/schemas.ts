import { isIP } from 'node:net';
import { z } from 'zod';
import type { Logger } from '../logger.js';
import type { AudioSourceValue } from '../media/contracts.js';
import { encodedLevels } from '../pipeline/ladder.js';
import type { EncodedLevel } from '../pipeline/ladder.js';
import type { CustomSource, IceServer, SourceInput, TransformInput } from './server-options.js';

// The message of every schema is what was expected: it completes "bitrate: expected ..., got ...".

/** Any text but the empty one. */
export function text(expected: string = 'a non-empty string'): z.ZodString {
  return z.string({ error: expected }).min(1, expected);
}

/** `true` or `false`. */
export function flag(): z.ZodBoolean {
  return z.boolean({ error: 'true or false' });
}

/** A number within bounds. */
export function number(min: number, max: number, expected: string): z.ZodNumber {
  return z.number({ error: expected }).min(min, expected).max(max, expected);
}

/** A number without fraction within bounds. */
export function whole(min: number, max: number, expected: string): z.ZodNumber {
  return number(min, max, expected).int(expected);
}

/** A whole number from 1, or `Infinity`. */
export function countOrInfinity(): z.ZodType<number> {
  const expected = 'a whole number from 1';
  return z
    .custom<number>((value) => typeof value === 'number', {
      error: expected,
      params: { wrongType: true },
    })
    .refine((value) => value >= 1 && (Number.isInteger(value) || value === Infinity), expected);
}

/** A whole number within bounds, or `auto`. */
export function wholeOrAuto(min: number, max: number): z.ZodType<number | 'auto'> {
  const expected = `a whole number from ${min} to ${max}, or auto`;
  return z
    .custom<number | 'auto'>((value) => typeof value === 'number' || typeof value === 'string', {
      error: expected,
      params: { wrongType: true },
    })
    .refine(
      (value) => value === 'auto' || (Number.isInteger(value) && value >= min && value <= max),
      expected,
    );
}

/** One of a few words. */
export function oneOf<const T extends readonly string[]>(words: T): z.ZodType<T[number]> {
  return z.enum(words, { error: `one of ${words.join(', ')}` });
}

/** A list; at least `min` long. */
export function list<T>(item: z.ZodType<T>, expected: string, min: number = 0): z.ZodType<T[]> {
  return z.array(item, { error: expected }).min(min, expected);
}

/** How many sizes of the picture to offer, or which. */
export function renditions(): z.ZodType<number | EncodedLevel[]> {
  const expected = `a number from 1 to ${encodedLevels.length}, or a list of ${encodedLevels.join(', ')}`;
  const isLevel = (value: unknown): boolean => (encodedLevels as unknown[]).includes(value);
  return z
    .custom<number | EncodedLevel[]>((value) => typeof value === 'number' || Array.isArray(value), {
      error: expected,
      params: { wrongType: true },
    })
    .refine(
      (value) =>
        typeof value === 'number'
          ? Number.isInteger(value) && value >= 1 && value <= encodedLevels.length
          : value.length > 0 && value.every(isLevel),
      expected,
    );
}

/** Two numbers without fraction. */
export function pair(item: z.ZodNumber, expected: string): z.ZodType<[number, number]> {
  return z.tuple([item, item], { error: expected });
}

/** An address such as `https://host/path`. */
export function httpUrl(): z.ZodType<string> {
  const expected = 'an address that begins with http:// or https://';
  return text(expected).refine(
    (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    expected,
  );
}

/** An IP address of either kind. */
export function ipAddress(): z.ZodType<string> {
  const expected = 'an IP address such as 203.0.113.7';
  return text(expected).refine((value) => isIP(value) !== 0, expected);
}

function hasMethods(value: unknown, ...names: string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  );
}

function isIterable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

/** An object that gives frames: callable `read` and `stop`. */
export function customSource(): z.ZodType<CustomSource> {
  return z.custom<CustomSource>((value) => hasMethods(value, 'read', 'stop'), {
    error: 'an object with the methods read() and stop()',
    params: { wrongType: true },
  });
}

/** All that `source` takes. */
export function sourceInput(): z.ZodType<SourceInput> {
  const expected =
    'a source spec, the number of a camera, an object with the methods read() and stop(), ' +
    'or an iterable of pictures';
  const isSource = (value: unknown): boolean =>
    typeof value === 'string' ||
    typeof value === 'number' ||
    hasMethods(value, 'read', 'stop') ||
    isIterable(value);
  const isPossible = (value: SourceInput): boolean =>
    typeof value === 'number' ? Number.isInteger(value) && value >= 0 : value !== '';
  return z
    .custom<SourceInput>(isSource, { error: expected, params: { wrongType: true } })
    .refine(isPossible, expected);
}

/** All that `audioSource` takes. */
export function audioInput(): z.ZodType<string | AudioSourceValue> {
  const isSound = (value: unknown): boolean =>
    (typeof value === 'string' && value.trim() !== '') ||
    hasMethods(value, 'read', 'stop') ||
    isIterable(value);
  return z.custom<string | AudioSourceValue>(isSound, {
    error:
      'microphone, system, a file, an address, an object with the methods read() and stop(), ' +
      'or an iterable of AudioData',
    params: { wrongType: true },
  });
}

/** All that `transforms` takes as an item. */
export function transformInput(): z.ZodType<TransformInput> {
  const isTransform = (value: unknown): boolean =>
    (typeof value === 'string' && value.trim() !== '') ||
    typeof value === 'function' ||
    hasMethods(value, 'transform') ||
    hasMethods(value, 'transformAudio');
  return z.custom<TransformInput>(isTransform, {
    error:
      'a function, a class, an object with the method transform() or transformAudio(), ' +
      'or the path of a module',
    params: { wrongType: true },
  });
}

/** FFmpeg options: names and values. */
export function inputOptions(): z.ZodType<Record<string, string | number>> {
  return z.record(z.string(), z.union([z.string(), z.number()], { error: 'text or a number' }), {
    error: 'an object of names and values',
  });
}

/** One STUN or TURN server. */
export function iceServer(): z.ZodType<IceServer> {
  const expected = 'a stun:, stuns:, turn: or turns: address such as stun:stun.example.org:3478';
  const url = text(expected).regex(/^(stuns?|turns?):[^\s/@]+$/i, expected);
  const server = z
    .strictObject(
      {
        urls: z.union([url, z.array(url).min(1)], { error: expected }),
        username: text().optional(),
        credential: text().optional(),
      },
      { error: 'an object { urls, username?, credential? }' },
    )
    .refine(
      ({ urls }) => [urls].flat().every(hasUsablePort),
      'a port from 1 to 65535 in its address',
    )
    // W3C: a TURN server without user and password is an InvalidAccessError.
    // https://www.w3.org/TR/webrtc/#dfn-validate-an-ice-server-url
    .refine(
      ({ urls, username, credential }) =>
        ![urls].flat().some((entry) => /^turns?:/i.test(entry)) ||
        (username !== undefined && credential !== undefined),
      'username and credential with a turn: address',
    );
  return server;
}

/** True for an address of a server without a port, too. */
function hasUsablePort(url: string): boolean {
  const port = /:(\d+)(?:\?|$)/.exec(url)?.[1];
  return port === undefined || (Number(port) > 0 && Number(port) <= 65_535);
}

/** True for what can take log lines. */
export function isLogger(value: unknown): value is Logger {
  return hasMethods(value, 'debug', 'info', 'warn', 'error', 'child');
}
