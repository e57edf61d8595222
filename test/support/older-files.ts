import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256 } from '../../src/http/data-files/record.js';

/** What {@link olderVersion} takes. */
export interface OlderVersion {
  /** Contents by path of files that were others then, or are gone now. */
  old?: Record<string, string>;
  /** Paths of files that did not exist yet. */
  absent?: string[];
}

/** Makes of a freshly generated data directory (`.../webgear_rtc`) what an older version would have left there, unedited. */
export async function olderVersion(
  directory: string,
  { old = {}, absent = [] }: OlderVersion,
): Promise<void> {
  const recordFile = path.join(directory, '.generated.json');
  const record = JSON.parse(await readFile(recordFile, 'utf8')) as { files: object };
  const files = new Map<string, unknown>(Object.entries(record.files));
  for (const [name, content] of Object.entries(old)) {
    const file = path.join(directory, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    files.set(name, sha256(Buffer.from(content)));
  }
  for (const name of absent) {
    await rm(path.join(directory, name));
    files.delete(name);
  }
  await writeFile(recordFile, JSON.stringify({ ...record, files: Object.fromEntries(files) }));
}
