import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { loadModule, showPath } from '../util/load-module.js';
import type { ModuleProviders } from '../util/load-module.js';
import { companionPackages, runningPackage } from '../util/running-package.js';
import { show } from '../util/show-value.js';
import { checkOptions } from './options.js';
import type { ServerOptions } from './server-options.js';

/** Names a config file may have, in the order they are looked for. */
export const configFileNames: readonly string[] = ['ts', 'mts', 'js', 'mjs'].map(
  (extension) => `framegear.config.${extension}`,
);

/** Where to look, and what the file may import. */
export interface LoadConfigOptions {
  /** Folder to look in. Default: the working directory. */
  cwd?: string;
  /** A file to take in place of looking, absolute or from `cwd`. */
  file?: string | undefined;
  /** Modules given to imports in the file. Default: `framegear` as the running package. */
  provide?: ModuleProviders;
}

/** A config file that was read. */
export interface LoadedConfig {
  /** Absolute path of the file. */
  file: string;
  /** What it says, checked; nothing filled in. Paths count from the file's own folder. */
  options: ServerOptions;
}

/**
 * Reads the config file.
 *
 * @returns `null` when none is named and none is there.
 * @throws {RangeError} when the named file does not exist.
 * @throws {TypeError} or {RangeError} naming the file, for options that cannot be.
 * @throws {ModuleLoadError} naming file and line, when it cannot be run.
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<LoadedConfig | null> {
  const { cwd = process.cwd(), provide = runningPackage } = options;
  const file = options.file === undefined ? findConfig(cwd) : resolve(cwd, options.file);
  if (file === null) return null;
  if (!isFile(file)) throw new RangeError(`--config: no such file ${show(options.file)}`);
  const { exports } = await loadModule(file, { provide, fallback: companionPackages });
  if (!('default' in exports)) {
    throw new TypeError(`${showPath(file)}: expected the options as its default export, got none`);
  }
  return { file, options: fromFolder(dirname(file), cwd, readOptions(file, exports['default'])) };
}

function findConfig(cwd: string): string | null {
  return configFileNames.map((name) => join(cwd, name)).find(isFile) ?? null;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function readOptions(file: string, value: unknown): ServerOptions {
  try {
    return checkOptions(value);
  } catch (error) {
    const { message } = error as Error;
    const Kind = error instanceof RangeError ? RangeError : TypeError;
    throw new Kind(`${showPath(file)}: ${message}`, { cause: error });
  }
}

/** Makes relative paths of a config elsewhere mean files beside it, not beside where one stands. */
function fromFolder(folder: string, cwd: string, options: ServerOptions): ServerOptions {
  if (folder === resolve(cwd)) return options;
  const { source, transforms, customDataLocation } = options;
  const moved = { ...options };
  if (typeof source === 'string' && isRelativeFile(folder, source)) {
    moved.source = resolve(folder, source);
  }
  if (transforms !== undefined) {
    moved.transforms = transforms.map((transform) =>
      typeof transform === 'string' ? resolve(folder, transform) : transform,
    );
  }
  if (customDataLocation !== undefined && !customDataLocation.startsWith('~')) {
    moved.customDataLocation = resolve(folder, customDataLocation);
  }
  return moved;
}

function isRelativeFile(folder: string, spec: string): boolean {
  if (isAbsolute(spec)) return false;
  return /^\.{1,2}[\\/]/.test(spec) || existsSync(join(folder, spec));
}
