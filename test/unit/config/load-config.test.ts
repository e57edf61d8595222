import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.js';
import { defineConfig } from '../../../src/config/options.js';

const provide = { framegear: () => ({ defineConfig }) };
let cwd: string;

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'framegear-config-')));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(cwd, name);
  writeFileSync(file, text);
  return file;
}

function load(file?: string): ReturnType<typeof loadConfig> {
  return loadConfig({ cwd, file, provide });
}

describe('loadConfig', () => {
  it('returns null when there is none', async () => {
    expect(await load()).toBeNull();
  });

  it.each(['ts', 'mts', 'js', 'mjs'])('finds framegear.config.%s', async (extension) => {
    const file = write(`framegear.config.${extension}`, 'export default { port: 1234 };');
    expect(await load()).toEqual({ file, options: { port: 1234 } });
  });

  it('prefers TypeScript', async () => {
    write('framegear.config.js', 'export default { port: 1 };');
    const file = write('framegear.config.ts', 'export default { port: 2 as number };');
    expect((await load())?.file).toBe(file);
  });

  it('gives it the running package', async () => {
    write(
      'framegear.config.ts',
      `import { defineConfig } from 'framegear';
       export default defineConfig({ codecs: ['vp9'], transforms: [(frame) => frame] });`,
    );
    const options = (await load())?.options;
    expect(options?.codecs).toEqual(['vp9']);
    expect(options?.transforms?.[0]).toBeTypeOf('function');
  });

  it('takes another file, and its paths from its own folder', async () => {
    mkdirSync(join(cwd, 'sub'));
    write('sub/film.mp4', '');
    write(
      'sub/my.config.mjs',
      `export default { source: 'film.mp4', transforms: ['./a.ts', (frame) => frame],
        customDataLocation: 'page' };`,
    );
    const options = (await load('sub/my.config.mjs'))?.options;
    expect(options?.source).toBe(join(cwd, 'sub', 'film.mp4'));
    expect(options?.transforms?.[0]).toBe(join(cwd, 'sub', 'a.ts'));
    expect(options?.customDataLocation).toBe(join(cwd, 'sub', 'page'));
  });

  it('leaves what is no path alone', async () => {
    mkdirSync(join(cwd, 'sub'));
    write('sub/my.config.mjs', `export default { source: 'rtsp://cam/1' };`);
    expect((await load('sub/my.config.mjs'))?.options.source).toBe('rtsp://cam/1');
  });

  it('throws a RangeError for a named file that is not there', async () => {
    await expect(load('nope.ts')).rejects.toThrow(
      new RangeError('--config: no such file "nope.ts"'),
    );
  });

  it('names file and option for a bad value', async () => {
    write('framegear.config.js', 'export default { port: 99999 };');
    await expect(load()).rejects.toThrow(
      new RangeError(
        `${join(cwd, 'framegear.config.js')}: port: expected a whole number from 0 to 65535, got 99999`,
      ),
    );
  });

  it.each([
    [
      'export default { bitrat: 1 };',
      /framegear\.config\.js: unknown option "bitrat", did you mean/,
    ],
    ['export default 5;', /framegear\.config\.js: options: expected an object, got 5/],
    ['export const port = 1;', /framegear\.config\.js: expected the options as its default export/],
  ])('throws a TypeError for %j', async (text, message) => {
    write('framegear.config.js', text);
    const error = await load().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(message);
  });

  it.each([
    ['export default {\n  port: ;\n};', /framegear\.config\.ts:2:\d+: SyntaxError/],
    [
      '\nthrow new Error("broken");\nexport default {};',
      /framegear\.config\.ts:2(:\d+)?: Error: broken/,
    ],
    ["import './missing.js';\nexport default {};", /framegear\.config\.ts:1: cannot find/],
  ])('names file and line for %j', async (text, message) => {
    write('framegear.config.ts', text);
    const error = (await load().catch((reason: unknown) => reason)) as Error;
    expect(error.name).toBe('ModuleLoadError');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });
});
