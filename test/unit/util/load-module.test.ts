import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadModule, ModuleLoadError } from '../../../src/util/load-module.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framegear-load-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function failure(path: string): Promise<ModuleLoadError> {
  const error: unknown = await loadModule(path).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ModuleLoadError);
  return error as ModuleLoadError;
}

describe('loadModule', () => {
  it.each([
    ['ts.ts', 'enum A { B = 3 } const n: number = A.B; export default n;'],
    ['mts.mts', 'export default 3 satisfies number;'],
    ['mjs.mjs', 'export default await Promise.resolve(3);'],
    ['esm.js', 'export default 3;'],
    ['cjs.cjs', 'module.exports = { default: 3 };'],
    ['cjs.js', 'exports.default = 3;'],
    ['shebang.ts', '#!/usr/bin/env node\nexport default 3;'],
    ['bom.mjs', '\uFEFFexport default 3;'],
    ['spaces in name.ts', 'export default 3;'],
  ])('loads %s', async (name, text) => {
    const { exports } = await loadModule(write(name, text));
    expect(exports['default']).toBe(3);
  });

  it('loads .js by the type of its package', async () => {
    write('package.json', '{"type":"module"}');
    const { exports } = await loadModule(write('a.js', 'export default import.meta.url;'));
    expect(exports['default']).toBe(`file://${join(folder, 'a.js')}`);
  });

  it('loads what a module imports from its project, each file once, and says which', async () => {
    write('lib/state.ts', 'export const state = { n: 0 };');
    write('lib/add.mjs', 'import { state } from "./state.js"; export const add = () => ++state.n;');
    write('old.cjs', 'exports.twice = require("./lib/twice").twice;');
    write('lib/twice.ts', 'export const twice = (n: number): number => 2 * n;');
    write('data.json', '{"k":5}');
    const path = write(
      'main.ts',
      `import { state } from './lib/state';
       import { add } from './lib/add.mjs';
       import { twice } from './old.cjs';
       import data from './data.json' with { type: 'json' };
       import { basename } from 'node:path';
       const late = await import('./lib/add.mjs');
       add(); late.add();
       export default [state.n, twice(4), data.k, basename('/a/b')];`,
    );
    const { exports, files } = await loadModule(path);
    expect(exports['default']).toEqual([2, 8, 5, 'b']);
    const names = [
      'main.ts',
      'lib/state.ts',
      'lib/add.mjs',
      'old.cjs',
      'lib/twice.ts',
      'data.json',
    ];
    expect([...files].sort()).toEqual(names.map((name) => join(folder, name)).sort());
  });

  it('loads modules that import each other', async () => {
    write('b.ts', 'import { a } from "./a.js"; export const b = (): string => a() + "b";');
    const path = write(
      'a.ts',
      'import { b } from "./b.js"; export const a = (): string => "a"; export default b;',
    );
    const { exports } = await loadModule(path);
    expect((exports['default'] as () => string)()).toBe('ab');
  });

  it('does not wait for ever when two modules import each other at once', async () => {
    write('b.mjs', 'await 0; export const c = () => import("./c.mjs"); await c();');
    write('c.mjs', 'await 0; export const b = () => import("./b.mjs"); await b();');
    const path = write(
      'a.mjs',
      'await Promise.all([import("./b.mjs"), import("./c.mjs")]); export default 1;',
    );
    await expect(loadModule(path)).resolves.toMatchObject({ exports: { default: 1 } });
  });

  it('loads afresh every time', async () => {
    const part = write('part.mjs', 'export const value = 1;');
    const path = write('main.mjs', 'export { value as default } from "./part.mjs";');
    const first = await loadModule(path);
    writeFileSync(part, 'export const value = 2;');
    const second = await loadModule(path);
    expect([first.exports['default'], second.exports['default']]).toEqual([1, 2]);
  });

  it.each(['a.ts', 'a.mjs', 'a.cjs'])(
    'gives provided modules to %s and its imports',
    async (name) => {
      class Given {}
      const text = name.endsWith('.cjs')
        ? 'const { Given } = require("given"); exports.default = [Given, require("./b.cjs")];'
        : 'import { Given } from "given"; import b from "./b.cjs"; export default [Given, b];';
      write('node_modules/given/index.js', 'exports.Given = "another copy";');
      write('b.cjs', 'module.exports = require("given").Given;');
      const { exports } = await loadModule(write(name, text), {
        provide: { given: () => Promise.resolve({ Given }) },
      });
      expect(exports['default']).toEqual([Given, Given]);
    },
  );

  it('uses fallbacks only for what is not installed beside the file', async () => {
    write('node_modules/here/index.js', 'module.exports = { who: "installed" };');
    const path = write(
      'a.ts',
      'import here from "here"; import gone from "gone"; export default [here.who, gone.who];',
    );
    const who = (): unknown => ({ default: { who: 'fallback' } });
    const { exports } = await loadModule(path, { fallback: { here: who, gone: who } });
    expect(exports['default']).toEqual(['installed', 'fallback']);
  });

  it('shares packages from node_modules', async () => {
    write('node_modules/shared/package.json', '{"type":"module","exports":"./i.js"}');
    write('node_modules/shared/i.js', 'export const token = {};');
    const path = write('a.mjs', 'export { token as default } from "shared";');
    const [first, second] = [await loadModule(path), await loadModule(path)];
    expect(first.exports['default']).toBe(second.exports['default']);
  });

  it('follows links to the real file', async () => {
    write('real/x.ts', 'import y from "./y.js"; export default y;');
    write('real/y.ts', 'export default 7;');
    const link = join(folder, 'x.ts');
    symlinkSync(join(folder, 'real/x.ts'), link);
    expect((await loadModule(link)).exports['default']).toBe(7);
  });

  it.each(['bad.ts', 'bad.mjs', 'bad.cjs', 'bad.js'])(
    'names line and column of a syntax error in %s',
    async (name) => {
      const error = await failure(write(name, 'const a = 1;\n\nconst b = a +;\n'));
      expect(error.code).toBe('syntax');
      expect(error.position).toEqual({ file: join(folder, name), line: 3, column: 14 });
      expect(error.message).toMatch(/bad\.\w+:3:14: SyntaxError: /);
      expect(error.message).not.toContain('\n');
    },
  );

  it('names the file that is broken, not the one that imports it', async () => {
    const part = write('part.ts', 'export const x = ;');
    const path = write('main.ts', 'import { x } from "./part.js"; export default x;');
    const error = await failure(path);
    expect(error.position.file).toBe(part);
    expect([...error.files].sort()).toEqual([path, part]);
  });

  it('names the line that threw', async () => {
    const error = await failure(write('a.ts', '\n\nthrow new RangeError("too\\nmuch");'));
    expect(error.code).toBe('failed');
    expect(error.message).toMatch(/a\.ts:3: RangeError: too$/);
    expect(error.cause).toBeInstanceOf(RangeError);
  });

  it('names an import that is missing', async () => {
    const error = await failure(write('a.mjs', '\nimport "./gone.js";'));
    expect(error).toMatchObject({ code: 'not-found', position: { line: 2 } });
    expect(error.message).toContain("cannot find './gone.js'");
    const other = await failure(write('b.mjs', 'import "no-such-package-here";'));
    expect(other.message).toContain('install it');
  });

  it('refuses what is no module', async () => {
    expect(await failure(join(folder, 'none.ts'))).toMatchObject({ code: 'not-found' });
    expect(await failure(folder)).toMatchObject({ code: 'not-found' });
    expect(await failure(write('a.py', 'x'))).toMatchObject({ code: 'syntax' });
  });

  it('keeps line numbers in stack traces', async () => {
    const path = write(
      'a.ts',
      'interface A {\n  b: number;\n}\n\nexport default (a: A) => {\n  throw new Error(`${a.b}`);\n};',
    );
    const { exports } = await loadModule(path);
    const thrower = exports['default'] as (a: { b: number }) => never;
    expect(() => thrower({ b: 1 })).toThrow(
      expect.objectContaining({ stack: expect.stringContaining(`${path}:6:`) as string }) as Error,
    );
  });
});
