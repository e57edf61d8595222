import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own root: the same three steps up from `src/` and from `dist/`. */
const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** Templates of the package. */
export const packagedTemplates: string = path.join(packageRoot, 'templates');
/** Static files of the package. */
export const packagedStatic: string = path.join(packageRoot, 'static');

/** Without one of these there is no page: the defaults are generated. */
export const criticalTemplates: readonly string[] = [
  'templates/index.html',
  'templates/404.html',
  'templates/500.html',
];

/** WebGear_RTC's seven default files, which every set of data-files has. */
export const defaultFiles: readonly string[] = [
  ...criticalTemplates,
  'templates/base.html',
  'static/css/custom.css',
  'static/js/custom.js',
  'static/img/favicon-32x32.png',
];

/** Contents by path inside the data directory, with `/` on every system. */
export type FileSet = ReadonlyMap<string, Buffer>;

/** Reads the data-files that came with the package: the seven, and what stands beside them. */
export async function readPackagedFiles(): Promise<FileSet> {
  const found: [string, string][] = [];
  for (const folder of ['templates', 'static']) {
    const root = path.join(packageRoot, folder);
    for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
      // tsconfig.json serves the type check of our sources, not the page
      if (!entry.isFile() || entry.name === 'tsconfig.json') continue;
      const file = path.join(entry.parentPath, entry.name);
      const inside = path.relative(root, file).split(path.sep).join('/');
      found.push([`${folder}/${inside}`, file]);
    }
  }
  const read = found.map(async ([name, file]) => [name, await readFile(file)] as const);
  return new Map(await Promise.all(read));
}
