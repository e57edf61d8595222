import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FileSet } from './packaged-files.js';
import { readRecord, sha256 } from './record.js';
import type { FoundRecord } from './record.js';

/**
 * How a file in the data directory stands to the default of its path:
 *
 * - `missing`: not there.
 * - `same`: what it would be written as.
 * - `old`: what we wrote once, unedited.
 * - `edited`: by somebody, from the default as it still is.
 * - `outdated`: edited, and the default is another one by now.
 * - `dropped`: edited, and there is no default of that path any more.
 * - `foreign`: not ours at all.
 */
export type FileState = 'missing' | 'same' | 'old' | 'edited' | 'outdated' | 'dropped' | 'foreign';

/** What {@link surveyFiles} found. */
export interface Survey {
  readonly record: FoundRecord;
  /** By path: all defaults, and what we wrote beside them and somebody edited since. */
  readonly states: ReadonlyMap<string, FileState>;
}

/**
 * Compares the files in `directory` with those that would be written now. Reads only.
 *
 * @throws the system's error for a file that is there but cannot be read.
 */
export async function surveyFiles(directory: string, defaults: FileSet): Promise<Survey> {
  const record = await readRecord(directory);
  const states = new Map<string, FileState>();
  const files = [...new Set([...defaults.keys(), ...record.files.keys()])];
  const found = await Promise.all(files.map((file) => hashIfPresent(path.join(directory, file))));
  for (const [index, file] of files.entries()) {
    const data = defaults.get(file);
    const state = stateOf(found[index] ?? null, data && sha256(data), {
      written: record.files.get(file),
      keptInstead: record.keptInstead.get(file),
    });
    if (state !== null) states.set(file, state);
  }
  return { record, states };
}

function stateOf(
  present: string | null,
  latest: string | undefined,
  { written, keptInstead }: { written: string | undefined; keptInstead: string | undefined },
): FileState | null {
  if (latest === undefined) return present === null || present === written ? null : 'dropped';
  if (present === null) return 'missing';
  if (present === latest) return 'same';
  if (present === written) return 'old';
  const base = written ?? keptInstead;
  if (base === undefined) return 'foreign';
  return base === latest ? 'edited' : 'outdated';
}

async function hashIfPresent(file: string): Promise<string | null> {
  try {
    return sha256(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
