import type { z } from 'zod';
import type { ServerOptions } from './server-options.js';

/** Headings of the help and the reference, in their order. */
export const optionGroups = [
  'Source',
  'Picture',
  'Encoding',
  'Viewers and network',
  'Server and page',
  'Command',
] as const;

/** A heading of the help and the reference. */
type OptionGroup = (typeof optionGroups)[number];

/** All that is known of one option: parser, help, checks and reference are made from it. */
export interface OptionDefinition<T = unknown> {
  /** Heading it stands under. */
  group: OptionGroup;
  /** Flags in commander's notation, `-p, --port <port>`; `null`: in code and config file only. */
  flags: string | null;
  /** Type in code, as the reference shows it. */
  type: string;
  /** Checks a value; its messages complete "expected ...". */
  schema: z.ZodType<T>;
  /** Reads what was typed; text that it cannot read it returns as it is. Default: the text. */
  typed?: (text: string) => unknown;
  /** What to type, for messages about text that cannot be read; default: the schema's words. */
  typedExpected?: string;
  /** A flag that may be repeated collects its values: a list, or an object of names and values. */
  repeat?: 'list' | 'record';
  /** Used when nothing is given. */
  default?: T;
  /** Shown as the default, where the value itself would say less. */
  defaultText?: string;
  /** Unit of the value. */
  unit?: string;
  /** One sentence that a newcomer understands. */
  help: string;
  /** Its name in WebGear_RTC. */
  webgear?: string;
}

/** A definition for every option of a server. */
export type OptionTable = {
  readonly [Name in keyof ServerOptions]-?: OptionDefinition<NonNullable<ServerOptions[Name]>>;
};
