import { z } from 'zod';
import type { Logger } from '../../logger.js';
import type { OptionTable } from '../option-definition.js';
import * as schema from '../schemas.js';
import * as typed from '../typed-values.js';

/** Where the page is served, and from what files. */
export const pageOptions: Pick<
  OptionTable,
  | 'host'
  | 'port'
  | 'strictPort'
  | 'customDataLocation'
  | 'overwriteDefaultFiles'
  | 'dataFilesUrl'
  | 'logging'
  | 'statsIntervalMs'
  | 'logger'
> = {
  host: {
    group: 'Server and page',
    flags: '--host [address]',
    type: 'string',
    schema: schema.text('an address or host name such as 0.0.0.0'),
    default: 'localhost',
    help: 'Let other machines in; with an address, listen on that one only.',
    webgear: '--ipaddress',
  },
  port: {
    group: 'Server and page',
    flags: '-p, --port <port>',
    type: 'number',
    schema: schema.whole(0, 65_535, 'a whole number from 0 to 65535'),
    typed: typed.typedNumber,
    default: 8000,
    help: 'Port of the page; 0 takes any free one.',
  },
  strictPort: {
    group: 'Server and page',
    flags: '--strict-port',
    type: 'boolean',
    schema: schema.flag(),
    default: false,
    help: 'Fail when the port is taken, in place of trying the next ones.',
  },
  customDataLocation: {
    group: 'Server and page',
    flags: '--data-dir <directory>',
    type: 'string',
    schema: schema.text(),
    defaultText: '~/.framegear',
    help: 'Where the files of the page are kept, for you to edit.',
    webgear: 'custom_data_location',
  },
  overwriteDefaultFiles: {
    group: 'Server and page',
    flags: '--overwrite-default-files',
    type: 'boolean',
    schema: schema.flag(),
    default: false,
    help: 'Put the default page files back; edited ones are kept as backups.',
    webgear: 'overwrite_default_files',
  },
  dataFilesUrl: {
    group: 'Server and page',
    flags: '--data-url <url>',
    type: 'string',
    schema: schema.httpUrl(),
    defaultText: 'the files in the package',
    help: 'Download the files of the page from here.',
    webgear: 'the download server',
  },
  logging: {
    group: 'Server and page',
    flags: '-l, --logging',
    type: 'boolean',
    schema: schema.flag(),
    default: false,
    help: 'Log details for finding faults, and show tracebacks on the error page.',
    webgear: 'logging',
  },
  statsIntervalMs: {
    group: 'Server and page',
    flags: '--stats-interval <seconds>',
    type: 'number',
    schema: schema.number(0, 3_600_000, 'milliseconds from 0 to 3600000'),
    typed: typed.typedSeconds,
    typedExpected: 'seconds from 0 to 3600 such as 60; 0 for never',
    default: 60_000,
    defaultText: '60 s',
    unit: 'ms (seconds on the command line)',
    help: 'Log a line about the stream so often while somebody watches; 0 logs none.',
  },
  logger: {
    group: 'Server and page',
    flags: null,
    type: 'Logger',
    schema: z.custom<Logger>(schema.isLogger, {
      error: 'an object with the methods debug(), info(), warn(), error() and child()',
      params: { wrongType: true },
    }),
    defaultText: 'none; the terminal for the command',
    help: 'Where the log goes; a pino instance fits.',
  },
};
