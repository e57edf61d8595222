import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The package as a user has it: packed, then installed into an empty folder. */
export interface PackedPackage {
  /** The folder it was installed into. */
  directory: string;
  /** The package inside that folder's `node_modules`. */
  packageDirectory: string;
  /** The command's JavaScript file, to be run by the tests' own Node. */
  bin: string;
  /** What npm said while it installed, with the output of install scripts, if any ran. */
  installLog: string;
}

/**
 * Packs the built package and installs the tarball; `dist/` must be up to date. Packages that npm has
 * in its cache are not asked for again, so that it works without a network after `npm install`.
 */
export async function installPackedPackage(): Promise<PackedPackage> {
  // The real path, since Node resolves modules to it.
  const directory = await mkdtemp(path.join(tmpdir(), 'framegear-e2e-'));
  const tarballs = path.join(directory, 'tarball');
  await mkdir(tarballs);
  // --ignore-scripts: the build was made already.
  const packed = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', tarballs], {
    cwd: root,
  });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  await writeFile(path.join(directory, 'package.json'), '{ "private": true }\n');
  const installed = await npm(
    [
      'install',
      '--foreground-scripts',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      path.join(tarballs, filename),
    ],
    { cwd: directory },
  );
  const packageDirectory = path.join(directory, 'node_modules', 'framegear');
  return {
    directory,
    packageDirectory,
    bin: path.join(packageDirectory, 'dist', 'cli.js'),
    installLog: installed.stdout + installed.stderr,
  };
}

/** Removes what {@link installPackedPackage} made. */
export async function removePackedPackage(installed: PackedPackage): Promise<void> {
  await rm(installed.directory, { recursive: true, force: true });
}

function npm(
  args: string[],
  options: { cwd: string },
): Promise<{ stdout: string; stderr: string }> {
  // npm hands its settings down to the tests as environment variables: a user's npm has none of them.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)),
  );
  return run('npm', args, { ...options, env, maxBuffer: 16 * 2 ** 20 });
}
