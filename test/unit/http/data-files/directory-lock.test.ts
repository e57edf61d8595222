import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withDirectoryLock } from '../../../../src/http/data-files/directory-lock.js';
import { temporaryFolder } from '../../../support/http-app.js';

describe('withDirectoryLock', () => {
  it('lets one work at a time, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    let atWork = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      atWork += 1;
      most = Math.max(most, atWork);
      await readdir(folder);
      atWork -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withDirectoryLock(folder, work)));
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is free again after work that failed', async () => {
    const folder = await temporaryFolder();
    const failing = withDirectoryLock(folder, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await withDirectoryLock(folder, () => Promise.resolve(1))).toBe(1);
  });

  it('takes over what a crash left behind', async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, '.generated.lock'), '');
    expect(await withDirectoryLock(folder, () => Promise.resolve(1), 50)).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('fails where no lock can be made', async () => {
    const nowhere = path.join(await temporaryFolder(), 'nowhere');
    const work = (): Promise<number> => Promise.resolve(1);
    await expect(withDirectoryLock(nowhere, work)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
