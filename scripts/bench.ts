/**
 * Runs the benches, all of `bench/*.ts` or those named: `npm run bench -- start memory`. Each prints
 * one line of JSON per case (docs/benchmarks.md).
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../bench/', import.meta.url);
const all = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -'.ts'.length));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : all;
for (const name of wanted) {
  if (!all.includes(name)) throw new RangeError(`${name} is none of ${all.join(', ')}`);
}
for (const name of wanted) {
  const file = fileURLToPath(new URL(`${name}.ts`, folder));
  const { status } = spawnSync('tsx', [file], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
