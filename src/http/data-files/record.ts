import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';

/** Lies in the data directory; a dotfile, so never served. */
const recordName = '.generated.json';

/** sha256 by path of every file we wrote: what differs from it was edited. */
export type GenerationRecord = ReadonlyMap<string, string>;

/** Lower-case hex. */
export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Reads what we wrote last time; empty when nothing is known, which makes every file an edited one. */
export async function readRecord(directory: string): Promise<GenerationRecord> {
  const record = new Map<string, string>();
  try {
    const json: unknown = JSON.parse(await readFile(path.join(directory, recordName), 'utf8'));
    const files = (json as { files?: unknown } | null)?.files;
    for (const [file, hash] of Object.entries(files ?? {})) {
      if (typeof hash === 'string') record.set(file, hash);
    }
  } catch {
    return new Map();
  }
  return record;
}

/** Writes the record beside the files. */
export async function writeRecord(directory: string, record: GenerationRecord): Promise<void> {
  const note = 'Written by FrameGear, to tell files you edited from those it may replace.';
  const json = JSON.stringify({ note, files: Object.fromEntries(record) }, null, 2);
  await writeFileAtomic(path.join(directory, recordName), `${json}\n`);
}
