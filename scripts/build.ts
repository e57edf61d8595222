/**
 * Builds `dist/`: compiles `src/`, then puts beside it what is used of node-av, of onnxruntime and of
 * Silero's model, so that the package depends on FFmpeg's prebuilt binaries only, not on node-av with its install
 * scripts, nor on 140 MB of which it needs 17 (docs/architecture.md, "Packaging").
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const vendor = path.join(dist, 'vendor');
const modules = path.join(root, 'node_modules');

/** What is bundled into which folder of `dist/vendor/`. These parts of node-av pull in neither werift nor unzipper. */
const bundles: Record<string, Record<string, string>> = {
  'node-av': { lib: 'node-av/lib', constants: 'node-av/constants' },
  'onnxruntime-web': { ort: 'onnxruntime-web' },
};

/** Files copied as they are: where they lie in `node_modules/`, by where they go to in `dist/vendor/`. */
const copies: Record<string, string> = {
  'node-av/LICENSE.md': 'node-av/LICENSE.md',
  // The runtime looks for these two beside itself.
  'onnxruntime-web/ort-wasm-simd-threaded.mjs': 'onnxruntime-web/dist/ort-wasm-simd-threaded.mjs',
  'onnxruntime-web/ort-wasm-simd-threaded.wasm': 'onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  'silero-vad/silero_vad_v6.onnx': '@ricky0123/vad-web/dist/silero_vad_v6.onnx',
};

/** Their packages carry none. */
const licenses: Record<string, string> = {
  'onnxruntime-web/LICENSE': mitLicense('Copyright (c) Microsoft Corporation'),
  'silero-vad/LICENSE': mitLicense('Copyright (c) 2020-present Silero Team'),
};

/** What the compiled files import or resolve, and what they find in `dist/vendor/` in its place. */
const redirects: Record<string, string> = {
  'node-av/lib': 'node-av/lib.js',
  'node-av/constants': 'node-av/constants.js',
  'onnxruntime-web': 'onnxruntime-web/ort.js',
  '@ricky0123/vad-web/dist/silero_vad_v6.onnx': 'silero-vad/silero_vad_v6.onnx',
};

/** `'node-av/lib'` and the like as tsc writes them after `from`, `import`, `import(` and `resolve(`. */
const vendoredImport =
  /(?<=\b(?:from|import|resolve)\s*\(?\s*)(['"])((?:node-av|onnxruntime-web|@ricky0123\/vad-web)(?:\/[\w/.-]+)?)\1/g;

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

async function bundleVendored(): Promise<void> {
  for (const [folder, entryPoints] of Object.entries(bundles)) {
    await build({
      entryPoints,
      absWorkingDir: root,
      outdir: path.join(vendor, folder),
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'warning',
    });
  }
}

function copyVendored(): void {
  for (const [target, origin] of Object.entries(copies)) {
    copyFileSync(path.join(modules, origin), makeFolder(target));
  }
  for (const [target, text] of Object.entries(licenses)) writeFileSync(makeFolder(target), text);
}

/** Path of a file in `dist/vendor/`, whose folder is there. */
function makeFolder(target: string): string {
  const file = path.join(vendor, target);
  mkdirSync(path.dirname(file), { recursive: true });
  return file;
}

/** Points the compiled files at the copies. */
function redirectImports(): void {
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(dist, name);
    if (!name.endsWith('.js') || file.startsWith(vendor)) continue;
    const before = readFileSync(file, 'utf8');
    const after = before.replace(vendoredImport, (_match, _quote, imported: string) => {
      const copy = redirects[imported];
      if (copy === undefined) {
        const known = Object.keys(redirects).join(', ');
        throw new Error(`${name} imports ${imported}: dist/vendor/ has ${known}`);
      }
      const target = path.relative(path.dirname(file), path.join(vendor, copy));
      return JSON.stringify(`./${target.split(path.sep).join('/')}`);
    });
    if (after !== before) writeFileSync(file, after);
  }
}

function mitLicense(copyright: string): string {
  return `MIT License

${copyright}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;
}

compile();
await bundleVendored();
copyVendored();
redirectImports();
// npm makes it executable when it installs the package; a clone has only this build.
chmodSync(path.join(dist, 'cli.js'), 0o755);
