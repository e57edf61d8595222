import { constants } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { criticalTemplates, defaultFiles } from './packaged-files.js';
import type { FileSet } from './packaged-files.js';
import { readRecord, sha256, writeRecord } from './record.js';

/** What {@link installFiles} did. */
export interface InstallReport {
  /** Written, new or anew. */
  written: string[];
  /** Edited files left in place, or foreign files that stood in the way. */
  kept: string[];
  /** Backups made of edited files before they were replaced. */
  backups: string[];
}

const maxBackups = 1000;

/**
 * Writes `files` into `directory`, each atomically. A file somebody edited stays as it is; with
 * `overwrite` it is copied to `<name>.bak-<n>` first. A file that is neither one of the seven default
 * files nor ours by the record is never replaced.
 *
 * Two servers may do this at the same time: each file is replaced whole, by equal contents. The three
 * templates that mark a complete directory come last, so a crash half-way is made good next time.
 */
export async function installFiles(
  directory: string,
  files: FileSet,
  overwrite: boolean,
): Promise<InstallReport> {
  const record = new Map(await readRecord(directory));
  const report: InstallReport = { written: [], kept: [], backups: [] };
  const known = new Set(defaultFiles);
  const isCritical = (file: string): boolean => criticalTemplates.includes(file);
  const ordered = [...files].sort(([a], [b]) => Number(isCritical(a)) - Number(isCritical(b)));
  const due: [string, Buffer][] = [];
  for (const [file, data] of ordered) {
    const target = path.join(directory, file);
    const present = await readIfPresent(target);
    const hash = sha256(data);
    if (present && sha256(present) !== hash) {
      const edited = record.get(file) !== sha256(present);
      if (edited && (!overwrite || !(known.has(file) || record.has(file)))) {
        report.kept.push(file);
        continue;
      }
      if (edited) report.backups.push(await backUp(target));
    }
    record.set(file, hash);
    if (!present || sha256(present) !== hash) due.push([file, data]);
  }
  await mkdir(directory, { recursive: true });
  await writeRecord(directory, record);
  for (const critical of [false, true]) {
    const batch = due.filter(([file]) => isCritical(file) === critical);
    await Promise.all(batch.map(([file, data]) => write(path.join(directory, file), data)));
  }
  report.written.push(...due.map(([file]) => file));
  return report;
}

async function write(target: string, data: Buffer): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  await writeFileAtomic(target, data);
}

async function readIfPresent(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Copies `file` to the first free `<file>.bak-<n>`; never over another backup. */
async function backUp(file: string): Promise<string> {
  for (let number = 1; number <= maxBackups; number += 1) {
    const backup = `${file}.bak-${number}`;
    try {
      await copyFile(file, backup, constants.COPYFILE_EXCL);
      return backup;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  throw new Error(`${file} has ${maxBackups} backups; move some away`);
}
