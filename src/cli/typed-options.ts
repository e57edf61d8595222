import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { Option } from 'commander';
import type { Command } from 'commander';
import { checkValue } from '../config/check-value.js';
import type { OptionDefinition } from '../config/option-definition.js';
import { commandTable } from '../config/command-table.js';
import { optionTable } from '../config/option-table.js';
import type { ServerOptions } from '../config/server-options.js';
import { didYouMean } from '../util/did-you-mean.js';
import { show } from '../util/show-value.js';
import { UsageError } from './usage-error.js';

/** Every address of this machine, for a bare `--host`. */
const everyAddress = '0.0.0.0';

/** What was typed, read and checked; what was not typed is not there. */
export interface TypedOptions {
  /** Options of the server; `source` is in {@link sources}. */
  options: Omit<ServerOptions, 'source'>;
  /** Every source that was named, as typed. */
  sources: string[];
  /** `--config` */
  config?: string;
  /** `--log-level` */
  logLevel?: 'error' | 'warn' | 'info' | 'debug';
  /** `--no-color` */
  color?: boolean;
}

const entries: readonly [name: string, definition: OptionDefinition][] = [
  ...Object.entries({ ...optionTable, ...commandTable }),
] as [string, OptionDefinition][];

/** Gives `command` every flag of the table, in the groups of the help. */
export function addTableOptions(command: Command, names?: readonly string[]): void {
  for (const [name, definition] of entries) {
    if (definition.flags === null || names?.includes(name) === false) continue;
    const option = toOption(definition.flags, definition);
    const opposite = oppositeOf(option);
    // A positive form has to be known before its `--no-` form, or commander makes it default to true.
    const both =
      opposite === null ? [option] : option.negate ? [opposite, option] : [option, opposite];
    for (const each of both) command.addOption(each);
  }
}

/**
 * Reads what commander parsed.
 *
 * @throws {UsageError} naming flag and value.
 */
export function readTypedOptions(command: Command): TypedOptions {
  const typed: Record<string, unknown> = {};
  for (const [name, definition] of entries) {
    if (definition.flags === null) continue;
    const option = new Option(definition.flags);
    const attribute = option.attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli') continue;
    typed[name] = command.getOptionValue(attribute) as unknown;
    // A bare `--host` has no value.
    if (option.optional && typed[name] === true) typed[name] = everyAddress;
    if (name !== 'source') typed[name] = checkTyped(option, definition, typed[name]);
  }
  const { source, config, logLevel, color, ...options } = typed;
  const sources = [...((source ?? []) as string[]), ...command.args];
  return { ...({ config, logLevel, color } as Partial<TypedOptions>), sources, options };
}

/** The long flag of an option, or its name where it has none. */
export function flagOf(name: string): string {
  const flags = entries.find(([option]) => option === name)?.[1].flags;
  return (flags && new Option(flags).long) || name;
}

/** A flag nobody knows, and the one it may have meant. */
export function unknownFlag(flag: string): string {
  const known = entries.flatMap(([name, { flags, webgear }]): [string, ...string[]][] => {
    if (flags === null) return [];
    const long = new Option(flags).long ?? flags;
    return [[long, name, ...(webgear === undefined ? [] : [webgear])]];
  });
  const meant = flag.startsWith('--') ? didYouMean(flag.split('=')[0] ?? flag, known) : null;
  return `unknown option ${flag}${meant === null ? '' : `, did you mean ${meant}?`}`;
}

/**
 * Makes `--host film.mp4` mean "expose, and serve film.mp4": what follows `--host` is an address only
 * if it looks like one. Any other host name is written `--host=name`.
 */
export function separateHost(argv: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.map((word, index) => {
    const next = argv[index + 1];
    if (word !== '--host' || index >= end || next === undefined) return word;
    const isAddress = isIP(next) !== 0 || next === 'localhost' || next === hostname();
    return isAddress || next.startsWith('-') ? word : `--host=${everyAddress}`;
  });
}

function toOption(flags: string, definition: OptionDefinition): Option {
  const option = new Option(flags, describe(definition)).helpGroup(`${definition.group}:`);
  const { typed = (text: string): unknown => text, repeat, typedExpected } = definition;
  if (option.isBoolean() || option.negate) return option;
  return option.argParser<unknown>((text, previous) => {
    const value = typed(text);
    if (typedExpected !== undefined && typeof value === 'string') {
      throw new UsageError(`${option.long}: expected ${typedExpected}, got ${show(text)}`);
    }
    if (repeat === 'list') return [...((previous ?? []) as unknown[]), value];
    if (repeat === 'record') {
      const [name, content] = value as [string, string];
      return { ...(previous as object | undefined), [name]: content };
    }
    return value;
  });
}

/** `--no-loop` beside `--loop`, so that what a config file switches on can be switched off. */
function oppositeOf(option: Option): Option | null {
  if (option.long === undefined || !(option.negate || option.isBoolean())) return null;
  const flag = option.negate
    ? option.long.replace('--no-', '--')
    : option.long.replace('--', '--no-');
  return new Option(flag).hideHelp();
}

function checkTyped(option: Option, { schema }: OptionDefinition, value: unknown): unknown {
  try {
    return checkValue(option.long ?? option.flags, schema, value);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function describe({ help, default: value, defaultText }: OptionDefinition): string {
  const shown =
    defaultText ?? (typeof value === 'string' || typeof value === 'number' ? value : undefined);
  return shown === undefined || shown === 'none' ? help : `${help} (default: ${shown})`;
}
