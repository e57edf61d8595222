import type { OptionDefinition } from './option-definition.js';
import * as schema from './schemas.js';

const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** What only the command takes. */
export const commandTable: {
  readonly [Name in 'config' | 'logLevel' | 'color']: OptionDefinition;
} = {
  config: {
    group: 'Command',
    flags: '-c, --config <file>',
    type: 'string',
    schema: schema.text(),
    defaultText: 'framegear.config.{ts,mts,js,mjs} of this folder',
    help: 'File with options; what is typed wins over it.',
  },
  logLevel: {
    group: 'Command',
    flags: '--log-level <level>',
    type: logLevels.map((level) => `'${level}'`).join(' | '),
    schema: schema.oneOf(logLevels),
    default: 'info',
    help: 'The least important lines to log: error, warn, info or debug.',
  },
  color: {
    group: 'Command',
    flags: '--no-color',
    type: 'boolean',
    schema: schema.flag(),
    default: true,
    defaultText: 'on',
    help: 'Colours on a terminal; --no-color or the variable NO_COLOR switches them off.',
  },
};
