import { silentLogger } from '../logger.js';
import { encodedLevels } from '../pipeline/ladder.js';
import type { EncodedLevel } from '../pipeline/ladder.js';
import { didYouMean } from '../util/did-you-mean.js';
import { show } from '../util/show-value.js';
import { checkValue } from './check-value.js';
import { optionTable } from './option-table.js';
import type { ResolvedOptions, ServerOptions } from './server-options.js';

/**
 * Checks options and fills in the defaults, before anything starts. `undefined` stands for the
 * default.
 *
 * @throws {TypeError} for an unknown option or a wrong type, {RangeError} for a value that cannot
 *   be; both name the field and the value.
 */
export function validateOptions(input: unknown = {}): ResolvedOptions {
  const { customStream, iceServers, inputOptions, source, ...options } = checkOptions(input);
  if (customStream !== undefined && source !== undefined) {
    throw new TypeError('customStream: expected either source or customStream, got both');
  }
  const given: Record<string, unknown> = { ...options, source: customStream ?? source };
  for (const [name, definition] of Object.entries(optionTable)) {
    if (given[name] === undefined && definition.default !== undefined) {
      given[name] = structuredClone(definition.default);
    }
  }
  return {
    ...(given as unknown as ResolvedOptions),
    renditions: levelsOf(given['renditions'] as number | EncodedLevel[]),
    inputOptions: Object.fromEntries(
      Object.entries(inputOptions ?? {}).map(([name, value]) => [name, String(value)]),
    ),
    iceServers: (iceServers ?? []).flatMap(({ urls, ...server }) =>
      [urls].flat().map((url) => ({ ...server, urls: url })),
    ),
    logger: options.logger ?? silentLogger,
  };
}

function levelsOf(renditions: number | EncodedLevel[]): EncodedLevel[] {
  return encodedLevels.filter((level, at) =>
    typeof renditions === 'number' ? at < renditions : renditions.includes(level),
  );
}

/**
 * Checks options without filling in any.
 *
 * @throws as {@link validateOptions}.
 */
export function checkOptions(input: unknown): ServerOptions {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new TypeError(`options: expected an object, got ${show(input)}`);
  }
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    if (!isOptionName(name)) throw new TypeError(unknownOption(name));
    if (value !== undefined)
      checked[name] = checkValue<unknown>(name, optionTable[name].schema, value);
  }
  return checked;
}

/** Gives a config file's options their types; returns them as they are. */
export function defineConfig(options: ServerOptions): ServerOptions {
  return options;
}

function isOptionName(name: string): name is keyof ServerOptions {
  return Object.hasOwn(optionTable, name);
}

function unknownOption(name: string): string {
  const known = Object.entries(optionTable).map(([option, { webgear }]): [string, ...string[]] =>
    webgear === undefined ? [option] : [option, webgear],
  );
  const meant = didYouMean(name, known);
  return `unknown option ${show(name)}${meant === null ? '' : `, did you mean ${show(meant)}?`}`;
}
