import { Command, Option } from 'commander';
import { createColors, hasColors } from './colors.js';
import { addTableOptions, readTypedOptions } from './typed-options.js';
import type { TypedOptions } from './typed-options.js';
import { UsageError } from './usage-error.js';

/** What the command does, once it knows what was typed. */
export interface CommandActions {
  /** `framegear [source]` */
  serve(typed: TypedOptions): Promise<void>;
  /** `framegear init [directory]` */
  init(directory: string, options: { force: boolean }): void | Promise<void>;
  /** `framegear devices` */
  devices(typed: TypedOptions): Promise<void>;
}

const examples: readonly (readonly [command: string, meaning: string])[] = [
  ['framegear', 'a moving test pattern'],
  ['framegear camera', 'the first camera'],
  ['framegear film.mp4 --loop', 'a film, over and over'],
  ['framegear rtsp://cam/1 -t ./detect.ts', 'a network camera, through your own module'],
  ['framegear screen --host --port 9000', 'the screen, for the whole network'],
];

/** The parser. It exits nowhere by itself: errors are thrown, only help and version are printed. */
export function createProgram(version: string, actions: CommandActions): Command {
  const program = new Command('framegear');
  program
    .description('Serves any video source, through your own transform, to any browser over WebRTC.')
    .usage('[source] [options]')
    .argument(
      '[source]',
      'a file, an address (rtsp://, http://, ...), picture files ("shots/*.jpg"), camera, camera:1, ' +
        'screen, lavfi:<graph> or testsrc (default: testsrc)',
    )
    .allowExcessArguments(true)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      outputError: () => undefined,
      getOutHasColors: () => hasColors({ stream: process.stdout }),
    });
  styleHelp(program);
  addTableOptions(program);
  program
    .optionsGroup('Command:')
    .version(version, '-v, --version', 'Show the version.')
    .addHelpOption(new Option('-h, --help', 'Show this help.').helpGroup('Command:'))
    .helpCommand('help [command]', 'Show this help, or that of a command.')
    .addHelpText('after', examplesText)
    .action(async () => actions.serve(readTypedOptions(program)));
  addInit(program, actions);
  addDevices(program, actions);
  return program;
}

/** @throws {UsageError} when help is asked for a command that is none; commander would print all of its help first. */
export function checkHelp(program: Command, [command, topic]: readonly string[]): void {
  const names = program.commands.map((one) => one.name());
  if (command !== 'help' || topic === undefined || topic.startsWith('-')) return;
  if (names.includes(topic)) return;
  throw new UsageError(`help: expected one of ${names.join(', ')}, got ${JSON.stringify(topic)}`);
}

function addInit(program: Command, actions: CommandActions): void {
  const init = program.command('init');
  init
    .description('Write a transform and a config file to start from.')
    .argument('[directory]', 'where to (default: this folder)')
    .option('-f, --force', 'Overwrite files that are there.')
    .action(async (directory = '.', options: { force?: true }) => {
      refuseMore(init, 1);
      await actions.init(directory as string, { force: options.force === true });
    });
}

function addDevices(program: Command, actions: CommandActions): void {
  const devices = program.command('devices');
  addTableOptions(devices, ['logging', 'color']);
  devices.description('List cameras and screens.').action(async () => {
    refuseMore(devices, 0);
    await actions.devices(readTypedOptions(devices));
  });
}

function refuseMore(command: Command, most: number): void {
  const extra = command.args[most];
  if (extra !== undefined) {
    throw new UsageError(`${command.name()}: unexpected argument ${JSON.stringify(extra)}`);
  }
}

/** Colours are always put in; commander takes them out where `getOutHasColors` says no. */
function styleHelp(program: Command): void {
  const colors = createColors({ stream: { isTTY: true }, env: { FORCE_COLOR: '1' } });
  program.configureHelp({
    styleTitle: (text) => colors.bold(text),
    styleCommandText: (text) => colors.cyan(text),
    styleSubcommandText: (text) => colors.cyan(text),
    styleOptionText: (text) => colors.green(text),
    styleArgumentText: (text) => colors.yellow(text),
    subcommandTerm: (command) => `${command.name()} ${command.usage()}`.replace('[options] ', ''),
  });
}

function examplesText(): string {
  const colors = createColors({ stream: process.stdout });
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(
    ([command, meaning]) => `  ${colors.cyan(command.padEnd(width))}  ${meaning}`,
  );
  return [
    '',
    colors.bold('Examples:'),
    ...lines,
    '',
    'Every switch has its opposite (--no-loop), for what a config file switches on.',
  ].join('\n');
}
