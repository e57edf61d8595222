import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { configFileNames } from '../config/load-config.js';
import { ExpectedError } from './expected-error.js';
import { initFiles } from './init-files.js';
import type { Terminal } from './terminal.js';

/**
 * `framegear init [directory]`: writes a transform and a config file to start from, and says what to
 * do next. Files that are there are kept, but with `force`.
 *
 * @throws {ExpectedError} when the directory cannot be written.
 */
export function init(
  directory: string,
  { force }: { force: boolean },
  terminal: Pick<Terminal, 'print' | 'colors'>,
): void {
  const { colors, print } = terminal;
  const folder = resolve(directory);
  let kept = 0;
  makeFolder(folder);
  for (const { name, text } of initFiles) {
    const obstacle = force ? null : existing(folder, name);
    if (obstacle === null) {
      writeFile(join(folder, name), text);
      print(`${colors.green('wrote')}  ${join(directory, name)}`);
    } else {
      kept++;
      print(`${colors.yellow('kept')}   ${join(directory, obstacle)}, which is there already`);
    }
  }
  const change = relative(process.cwd(), folder);
  print('');
  if (kept > 0) print('To overwrite what is there: framegear init --force');
  print('Next:');
  if (change !== '') print(`  ${colors.cyan(`cd ${change}`)}`);
  print(`  ${colors.cyan('npx framegear')}`);
  print('and open the address it prints. Types for your editor: npm install --save-dev framegear');
}

/** The file in the way of `name`; for the config any name that would be read first. */
function existing(folder: string, name: string): string | null {
  const names = configFileNames.includes(name) ? configFileNames : [name];
  return names.find((each) => existsSync(join(folder, each))) ?? null;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new ExpectedError(`cannot make the folder ${folder} (${reason(error)}): choose another`, {
      cause: error,
    });
  }
}

function writeFile(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new ExpectedError(`cannot write ${file} (${reason(error)})`, { cause: error });
  }
}

function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
