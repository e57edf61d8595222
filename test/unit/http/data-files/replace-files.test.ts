import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceFiles } from '../../../../src/http/data-files/replace-files.js';
import { temporaryFolder } from '../../../support/http-app.js';

describe('replaceFiles', () => {
  it('makes folders, and leaves nothing beside the files', async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, 'a.txt'), 'old');
    await replaceFiles([
      [path.join(folder, 'a.txt'), Buffer.from('new')],
      [path.join(folder, 'deep/er/b.txt'), Buffer.from('b')],
    ]);
    expect(await readFile(path.join(folder, 'a.txt'), 'utf8')).toBe('new');
    expect(await readFile(path.join(folder, 'deep/er/b.txt'), 'utf8')).toBe('b');
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(
      ['a.txt', 'deep', 'deep/er', 'deep/er/b.txt'].map((name) => path.normalize(name)),
    );
  });

  it('replaces nothing when one file cannot be written', async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, 'a.txt'), 'old');
    await writeFile(path.join(folder, 'file'), '');
    const failing = replaceFiles([
      [path.join(folder, 'a.txt'), Buffer.from('new')],
      [path.join(folder, 'file/b.txt'), Buffer.from('b')],
    ]);
    await expect(failing).rejects.toThrow();
    expect(await readFile(path.join(folder, 'a.txt'), 'utf8')).toBe('old');
    expect((await readdir(folder)).sort()).toEqual(['a.txt', 'file']);
  });

  it('keeps access rights', async () => {
    const file = path.join(await temporaryFolder(), 'a.txt');
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    const before = (await stat(file)).mode;
    await replaceFiles([[file, Buffer.from('new')]]);
    expect((await stat(file)).mode).toBe(before);
  });

  it('writes to where a symbolic link leads', async () => {
    const folder = await temporaryFolder();
    await mkdir(path.join(folder, 'repository'));
    await writeFile(path.join(folder, 'repository/a.txt'), 'old');
    await symlink(path.join('repository', 'a.txt'), path.join(folder, 'a.txt'));
    await replaceFiles([[path.join(folder, 'a.txt'), Buffer.from('new')]]);
    expect((await lstat(path.join(folder, 'a.txt'))).isSymbolicLink()).toBe(true);
    expect(await readFile(path.join(folder, 'repository/a.txt'), 'utf8')).toBe('new');
  });

  it('never shows half a file to a reader', async () => {
    const file = path.join(await temporaryFolder(), 'a.txt');
    const [first, second] = ['a', 'b'].map((letter) => Buffer.from(letter.repeat(500_000)));
    await writeFile(file, first as Buffer);
    let writing = true;
    const done = (async () => {
      for (let i = 0; i < 20; i += 1) {
        await replaceFiles([[file, (i % 2 === 0 ? second : first) as Buffer]]);
      }
      writing = false;
    })();
    const seen = new Set<string>();
    while (writing) {
      const text = await readFile(file, 'utf8');
      seen.add(`${text.length} ${[...new Set(text)].join('')}`);
    }
    await done;
    expect([...seen].filter((text) => !/^500000 [ab]$/.test(text))).toEqual([]);
  });
});
