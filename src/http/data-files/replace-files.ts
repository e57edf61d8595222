import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** A file to write: its path, and what shall be in it. */
export type NewFile = readonly [path: string, data: Uint8Array];

/**
 * Writes files, folders with them, in place of what is there: first all of them beside their places, then each is put
 * into its place whole, in the order given. A full or read-only disk shows before anything is replaced, and readers
 * never meet half a file. Access rights and owners stay; a symbolic link keeps leading to its file.
 *
 * @throws the system's error; what lies beside the places is removed.
 */
export async function replaceFiles(files: readonly NewFile[]): Promise<void> {
  const staged = await Promise.allSettled(files.map(([file, data]) => stage(file, data)));
  const temporaries = staged.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  try {
    for (const result of staged) if (result.status === 'rejected') throw result.reason;
    for (const { temporary, target } of temporaries) await rename(temporary, target);
  } finally {
    await Promise.all(temporaries.map(({ temporary }) => rm(temporary, { force: true })));
  }
}

interface Staged {
  temporary: string;
  target: string;
}

async function stage(file: string, data: Uint8Array): Promise<Staged> {
  await mkdir(path.dirname(file), { recursive: true });
  const target = await realpath(file).catch(() => file);
  // a dotfile, so never served
  const name = `.${path.basename(target)}.${randomBytes(6).toString('hex')}`;
  const temporary = path.join(path.dirname(target), name);
  const handle = await open(temporary, 'wx');
  try {
    await handle.writeFile(data);
    await keepRights(handle, target);
    // else the new name may outlive a power cut that the contents do not
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return { temporary, target };
}

async function keepRights(handle: FileHandle, target: string): Promise<void> {
  const present = await stat(target).catch(() => null);
  if (present === null) return;
  // only root may give a file away; for all others the file becomes their own
  if (process.getuid?.() === 0) await handle.chown(present.uid, present.gid);
  await handle.chmod(present.mode & 0o7777);
}
