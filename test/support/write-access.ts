import { chmod, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

const nobody = 65_534;

/**
 * Does `work` while nothing can be written in `directory` and below. Root may write anywhere, so tests that run as root do
 * this work as somebody else.
 */
export async function withoutWriteAccess<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const root = process.geteuid?.() === 0;
  const below = await readdir(directory, { recursive: true, withFileTypes: true });
  const folders = below.filter((entry) => entry.isDirectory());
  const all = [directory, ...folders.map((entry) => path.join(entry.parentPath, entry.name))];
  const parent = path.dirname(directory);
  const before = (await stat(parent)).mode;
  await chmod(parent, 0o755);
  for (const folder of all) await chmod(folder, 0o555);
  try {
    if (root) process.seteuid?.(nobody);
    return await work();
  } finally {
    if (root) process.seteuid?.(0);
    await chmod(parent, before);
    for (const folder of all) await chmod(folder, 0o755);
  }
}
