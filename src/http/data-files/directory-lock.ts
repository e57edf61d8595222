import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Name of the lock in the data directory; a dotfile, so never served. */
const lockName = '.generated.lock';
const retryMs = 20;

/**
 * Does `work` while no other server does the same in `directory`: two versions of FrameGear that start at once must not
 * mix their files. The work takes milliseconds; a lock that does not change hands for `abandonedMs` is
 * what a crash left behind, and is taken over.
 *
 * @param abandonedMs - Default 5000.
 * @throws what `work` throws, or the system's error where no lock can be made.
 */
export async function withDirectoryLock<T>(
  directory: string,
  work: () => Promise<T>,
  abandonedMs = 5000,
): Promise<T> {
  const lock = path.join(directory, lockName);
  let holder = '';
  let since = performance.now();
  while (!(await tryLock(lock))) {
    const present = await identity(lock);
    if (present !== holder) {
      holder = present;
      since = performance.now();
    } else if (performance.now() - since >= abandonedMs) {
      await rm(lock, { force: true });
      continue;
    }
    await delay(retryMs);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Not its age: the clock of a file server may be another than ours. */
async function identity(lock: string): Promise<string> {
  const found = await stat(lock).catch(() => null);
  return found === null ? '' : `${found.ino} ${found.mtimeMs}`;
}
