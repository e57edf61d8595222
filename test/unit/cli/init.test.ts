import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createColors } from '../../../src/cli/colors.js';
import { init } from '../../../src/cli/init.js';

const colors = createColors({ stream: {}, env: {} });
let folder: string;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framegear-init-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(directory: string, force = false): string {
  init(directory, { force }, { colors, print: (line) => void lines.push(line) });
  return lines.join('\n');
}

describe('init', () => {
  it('writes both files, also into a folder that is not there yet, and says what to do next', () => {
    const target = join(folder, 'a', 'b');
    const text = run(target);
    expect(existsSync(join(target, 'transform.ts'))).toBe(true);
    expect(existsSync(join(target, 'framegear.config.ts'))).toBe(true);
    expect(text).toContain(`wrote  ${join(target, 'transform.ts')}`);
    expect(text).toMatch(/Next:\n {2}cd .*\n {2}npx framegear\n/);
  });

  it('keeps what is there, unless forced', () => {
    const file = join(folder, 'transform.ts');
    writeFileSync(file, 'mine');
    expect(run(folder)).toContain(`kept   ${file}, which is there already`);
    expect(lines.join('\n')).toContain('framegear init --force');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'framegear.config.ts'))).toBe(true);
    run(folder, true);
    expect(readFileSync(file, 'utf8')).not.toBe('mine');
  });

  it('keeps a config of another extension too', () => {
    writeFileSync(join(folder, 'framegear.config.mjs'), 'export default {};');
    expect(run(folder)).toContain('framegear.config.mjs, which is there already');
    expect(existsSync(join(folder, 'framegear.config.ts'))).toBe(false);
  });

  it('explains a folder that cannot be made', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => run(join(file, 'sub'))).toThrow(/^cannot make the folder .*ENOTDIR/);
  });
});
