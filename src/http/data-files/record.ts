import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Name of the record in the data directory; a dotfile, so never served. */
export const recordName = '.generated.json';

/** Where the files of a data directory came from: only the package's are renewed when the package is. */
export type FileOrigin = 'package' | 'download';

/** What we know of the files in a data directory. */
export interface GenerationRecord {
  /** sha256 by path of every file we wrote: what differs from it was edited. */
  readonly files: ReadonlyMap<string, string>;
  /** By path of a file that was there before us, sha256 of the default that it was kept instead of. */
  readonly keptInstead: ReadonlyMap<string, string>;
  readonly origin: FileOrigin;
}

/** A record, or what stands for it: nothing is known where it is missing or damaged. */
export interface FoundRecord extends GenerationRecord {
  readonly found: 'intact' | 'missing' | 'damaged';
}

/** Lower-case hex. */
export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Reads what we noted last time; without a record, or with a damaged one, every file counts as edited. */
export async function readRecord(directory: string): Promise<FoundRecord> {
  const empty = { files: new Map(), keptInstead: new Map(), origin: 'package' } as const;
  try {
    const json: unknown = JSON.parse(await readFile(path.join(directory, recordName), 'utf8'));
    const { files, keptInstead = {}, origin } = json as Record<string, unknown>;
    return {
      found: 'intact',
      files: hashesOf(files),
      keptInstead: hashesOf(keptInstead),
      origin: origin === 'download' ? origin : 'package',
    };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { ...empty, found: missing ? 'missing' : 'damaged' };
  }
}

function hashesOf(value: unknown): Map<string, string> {
  if (typeof value !== 'object' || value === null) throw new TypeError('expected an object');
  const entries = Object.entries(value as Record<string, unknown>);
  return new Map(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The text of a record, as it is written beside the files. */
export function recordText({ files, keptInstead, origin }: GenerationRecord): string {
  const note = 'Written by FrameGear, to tell files you edited from those it may replace.';
  const [written, kept] = [files, keptInstead].map((map) => Object.fromEntries([...map].sort()));
  const record = keptInstead.size > 0 ? { files: written, keptInstead: kept } : { files: written };
  return `${JSON.stringify({ note, origin, ...record }, null, 2)}\n`;
}
