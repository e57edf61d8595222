import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../../src', import.meta.url));

/** Files and packages that come into a thread with a module, without what is of types only. */
function importsOf(entry: string): Set<string> {
  const found = new Set<string>([entry]);
  for (const file of found) {
    if (!path.isAbsolute(file)) continue;
    const text = readFileSync(file, 'utf8').replace(/^import type [^;]*;/gm, '');
    for (const [, name = ''] of text.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)';/gm)) {
      const isOurs = name.startsWith('.');
      found.add(isOurs ? path.resolve(path.dirname(file), name.replace(/js$/, 'ts')) : name);
    }
  }
  return found;
}

it('keeps FFmpeg, and all that may load it, out of worker threads', () => {
  const found = [...importsOf(path.join(source, 'delivery', 'worker-main.ts'))];
  const files = found.filter((name) => path.isAbsolute(name));
  expect(files.every((file) => existsSync(file))).toBe(true);
  const folders = new Set(files.map((file) => path.relative(source, file).split(path.sep)[0]));
  expect([...folders].sort()).toEqual(['delivery', 'errors.ts', 'media', 'rtc', 'util']);
  expect(found.filter((name) => !path.isAbsolute(name) && !name.startsWith('node:'))).toEqual([
    'werift',
  ]);
});
