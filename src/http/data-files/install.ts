import { constants } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { withDirectoryLock } from './directory-lock.js';
import { criticalTemplates, defaultFiles } from './packaged-files.js';
import type { FileSet } from './packaged-files.js';
import { findPlayerImports } from './player-imports.js';
import { recordName, recordText, sha256 } from './record.js';
import type { FileOrigin, GenerationRecord } from './record.js';
import { planRenewal } from './renewal-plan.js';
import type { RenewalPlan } from './renewal-plan.js';
import { replaceFiles } from './replace-files.js';
import type { NewFile } from './replace-files.js';
import { surveyFiles } from './survey.js';
import type { Survey } from './survey.js';

/** What {@link installFiles} and {@link renewFiles} did. Paths inside the data directory. */
export interface InstallReport {
  /** Written, new or anew. */
  readonly written: readonly string[];
  /** Edited files left in place, or foreign files that stood in the way. */
  readonly kept: readonly string[];
  /** Backups made of edited files before they were replaced; absolute. */
  readonly backups: readonly string[];
  /** What stays of an older version, and why; nothing with `overwrite`. */
  readonly stale: Pick<RenewalPlan, 'held' | 'outdated' | 'importers'>;
  /** The record is damaged, so files stay as they are that may be unedited. */
  readonly damaged: boolean;
}

/** What {@link installFiles} may replace. */
export interface InstallOptions {
  origin: FileOrigin;
  /** Replaces edited files too, after a backup. */
  overwrite: boolean;
}

const maxBackups = 1000;
const nothingStale: InstallReport['stale'] = { held: [], outdated: [], importers: [] };

/**
 * Writes `defaults` into `directory`. A file somebody edited stays as it is, and so does what goes with it
 * ({@link planRenewal}); with `overwrite` it is copied to `<name>.bak-<n>` and replaced. A file that is neither one of the
 * seven default files nor ours by the record is never replaced. Downloaded files are replaced by others only when
 * `overwrite` asks for it.
 *
 * What a crash leaves undone is made good next time: what is replaced comes before the record, since it counts as
 * ours once it is the default, and what is added comes after it, the templates that mark a complete directory last.
 */
export async function installFiles(
  directory: string,
  defaults: FileSet,
  options: InstallOptions,
): Promise<InstallReport> {
  await mkdir(directory, { recursive: true });
  return withDirectoryLock(directory, async () => {
    const survey = await surveyFiles(directory, defaults);
    const work = options.overwrite
      ? planOverwriting(survey)
      : await planFilling(directory, survey, options.origin);
    const backups: string[] = [];
    for (const file of work.backUp) backups.push(await backUp(path.join(directory, file)));
    await write(directory, defaults, survey, { ...work, ...options });
    const { replace, add, kept, stale } = work;
    const damaged = survey.record.found === 'damaged' && kept.length > 0 && !options.overwrite;
    return { written: [...replace, ...add], kept, backups, stale, damaged };
  });
}

/**
 * Brings a complete directory up to date with the package: what nobody edited gets the contents of this version, what is
 * missing is added. Writes nothing where there is nothing to do, into a directory without a record, which is the user's
 * own, into one that was downloaded, or while the record is damaged.
 *
 * @throws the system's error when the directory cannot be read or written.
 */
export async function renewFiles(directory: string, packaged: FileSet): Promise<InstallReport> {
  const survey = await surveyFiles(directory, packaged);
  const { found, origin } = survey.record;
  const report = { written: [], kept: [], backups: [], stale: nothingStale, damaged: false };
  if (found === 'missing' || origin === 'download') return report;
  const same = [...survey.states.values()].every((state) => state === 'same');
  if (found === 'damaged' && !same) return { ...report, damaged: true };
  const { replace, add, kept, stale } = await planFilling(directory, survey, 'package');
  const due = replace.length + add.length > 0 || found === 'damaged';
  if (!due) return { ...report, kept, stale };
  return { ...(await installFiles(directory, packaged, { origin: 'package', overwrite: false })) };
}

interface Work {
  /** There, and written anew. */
  readonly replace: readonly string[];
  /** Of these, what is copied first. */
  readonly backUp: readonly string[];
  readonly add: readonly string[];
  readonly kept: readonly string[];
  readonly stale: InstallReport['stale'];
}

async function planFilling(directory: string, survey: Survey, origin: FileOrigin): Promise<Work> {
  const { record, states } = survey;
  const plan = planRenewal(states, await findPlayerImports(directory, survey));
  const kept = [...states]
    .filter(([, state]) => ['edited', 'outdated', 'foreign'].includes(state))
    .map(([file]) => file);
  // another server's files are as they should be, however they differ from the package's
  const downloaded = record.origin === 'download' && origin === 'package';
  if (downloaded) return { replace: [], backUp: [], add: plan.add, kept, stale: nothingStale };
  return { replace: plan.renew, backUp: [], add: plan.add, kept, stale: plan };
}

function planOverwriting({ record, states }: Survey): Work {
  const work = { replace: [] as string[], backUp: [] as string[], add: [] as string[] };
  const kept: string[] = [];
  for (const [file, state] of states) {
    const ours = defaultFiles.includes(file) || record.files.has(file);
    if (state === 'missing') work.add.push(file);
    else if (state === 'old') work.replace.push(file);
    else if (state === 'same' || state === 'dropped') continue;
    else if (!ours) kept.push(file);
    else {
      work.replace.push(file);
      work.backUp.push(file);
    }
  }
  return { ...work, kept, stale: nothingStale };
}

async function write(
  directory: string,
  defaults: FileSet,
  survey: Survey,
  work: Work & InstallOptions,
): Promise<void> {
  const contents = (files: readonly string[]): NewFile[] =>
    files.map((file) => [path.join(directory, file), defaults.get(file) ?? Buffer.alloc(0)]);
  const isCritical = (file: string): boolean => criticalTemplates.includes(file);
  const added = [...work.add].sort((a, b) => Number(isCritical(a)) - Number(isCritical(b)));
  const record = Buffer.from(recordText(nextRecord(defaults, survey, work)));
  await replaceFiles([
    ...contents(work.replace),
    [path.join(directory, recordName), record],
    ...contents(added),
  ]);
}

function nextRecord(
  defaults: FileSet,
  { record, states }: Survey,
  { replace, add, origin, overwrite }: Work & InstallOptions,
): GenerationRecord {
  const files = new Map(record.files);
  const keptInstead = new Map(record.keptInstead);
  const written = new Set([...replace, ...add]);
  for (const [file, data] of defaults) {
    const state = states.get(file);
    if (written.has(file) || state === 'same') {
      files.set(file, sha256(data));
      keptInstead.delete(file);
    } else if (state === 'foreign' && record.found !== 'intact') {
      keptInstead.set(file, sha256(data));
    }
  }
  const stays = record.origin === 'download' && !overwrite;
  return { files, keptInstead, origin: stays ? record.origin : origin };
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
