import { CommanderError } from 'commander';
import { packageVersion } from '../util/package-version.js';
import { reportFatal } from './fatal.js';
import { checkHelp, createProgram } from './program.js';
import type { CommandActions } from './program.js';
import { createTerminal, surviveClosedOutput } from './terminal.js';
import type { Terminal } from './terminal.js';
import { separateHost, unknownFlag } from './typed-options.js';
import type { TypedOptions } from './typed-options.js';
import { listenForUncaught } from './uncaught.js';
import type { UncaughtErrors } from './uncaught.js';
import { UsageError } from './usage-error.js';

/** Runs the command. @returns What the process ends with. */
export async function main(argv: readonly string[]): Promise<number> {
  surviveClosedOutput();
  const settings: Settings = {
    logging: argv.includes('--logging') || argv.includes('-l'),
    color: !argv.includes('--no-color'),
  };
  const end = (error: unknown): number => endWith(error, settings);
  const uncaught = listenForUncaught((error) => process.exit(end(error)));
  try {
    const program = createProgram(packageVersion(), actions(settings, uncaught));
    checkHelp(program, argv);
    await program.parseAsync(separateHost(argv), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return end(error instanceof CommanderError ? asUsageError(error) : error);
  }
}

interface Settings {
  logging: boolean;
  color: boolean;
}

/** What is heavy is loaded when it is needed: help and version come at once. */
function actions(settings: Settings, uncaught: UncaughtErrors): CommandActions {
  const terminalFor = (typed?: TypedOptions): Terminal =>
    createTerminal(typed?.color ?? settings.color);
  return {
    async serve(typed) {
      const { serve } = await import('./serve.js');
      await serve(typed, {
        terminal: terminalFor(typed),
        createServer: async (options) => {
          const { createServer } = await import('../index.js');
          return createServer(options);
        },
        onServing: (logger) => uncaught.survive(logger),
      });
    },
    async init(directory, options) {
      const { init } = await import('./init.js');
      init(directory, options, terminalFor());
    },
    async devices(typed) {
      const { devices } = await import('./devices.js');
      const { listDevices } = await import('../source/devices.js');
      await devices(listDevices, terminalFor(typed));
    },
  };
}

function endWith(error: unknown, { logging, color }: Settings): number {
  const terminal = createTerminal(color);
  const { text, exitCode } = reportFatal(error, { stack: logging, colors: terminal.errorColors });
  terminal.printError(`${text}\n`);
  return exitCode;
}

/** commander's message without its prefix and second line; its suggestions know no synonyms. */
function asUsageError({ code, message }: CommanderError): UsageError {
  const flag = code === 'commander.unknownOption' ? /'(.+)'/.exec(message)?.[1] : undefined;
  if (flag !== undefined) return new UsageError(unknownFlag(flag));
  return new UsageError(message.split('\n', 1)[0]?.replace(/^error: /, '') ?? message);
}
