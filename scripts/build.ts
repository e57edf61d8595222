/**
 * Builds `dist/`: compiles `src/`, then puts the JavaScript of node-av beside it, so that the
 * package depends on FFmpeg's prebuilt binaries only and not on node-av with its install scripts
 * (docs/architecture.md, "Packaging").
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const vendor = path.join(dist, 'vendor', 'node-av');

/** The parts of node-av that FrameGear may import; they pull in neither werift nor unzipper. */
const entryPoints = { lib: 'node-av/lib', constants: 'node-av/constants' };

/** `'node-av/lib'` as tsc writes it after `from`, `import` and `import(`. */
const nodeAvImport = /(?<=\b(?:from|import)\s*\(?\s*)(['"])node-av(?:\/([\w/]+))?\1/g;

function compile(): void {
  rmSync(dist, { recursive: true, force: true });
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // The browser client is served as it lies; only its types are made.
  for (const project of ['tsconfig.build.json', 'client/tsconfig.build.json']) {
    const { status } = spawnSync(process.execPath, [tsc, '-p', project], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status === 0) continue;
    rmSync(dist, { recursive: true, force: true });
    process.exit(status ?? 1);
  }
}

async function vendorNodeAv(): Promise<void> {
  await build({
    entryPoints,
    absWorkingDir: root,
    outdir: vendor,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  copyFileSync(
    path.join(root, 'node_modules', 'node-av', 'LICENSE.md'),
    path.join(vendor, 'LICENSE.md'),
  );
}

/** Points the compiled files at the copy. */
function redirectImports(): void {
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(dist, name);
    if (!name.endsWith('.js') || file.startsWith(vendor)) continue;
    const before = readFileSync(file, 'utf8');
    const after = before.replace(nodeAvImport, (_match, _quote, entry: string | undefined) => {
      if (!entry || !(entry in entryPoints)) {
        throw new Error(
          `${name} imports node-av${entry ? `/${entry}` : ''}: import node-av/lib or node-av/constants`,
        );
      }
      const target = path.relative(path.dirname(file), path.join(vendor, `${entry}.js`));
      return JSON.stringify(`./${target.split(path.sep).join('/')}`);
    });
    if (after !== before) writeFileSync(file, after);
  }
}

compile();
await vendorNodeAv();
redirectImports();
// npm makes it executable when it installs the package; a clone has only this build.
chmodSync(path.join(dist, 'cli.js'), 0o755);
