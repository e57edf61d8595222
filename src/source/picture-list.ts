import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { glob, isDynamicPattern } from 'tinyglobby';
import { SourceError } from '../errors.js';
import { checkFile, fileVersion } from './file-check.js';

/** One picture to show, and for how long. */
export interface PictureItem {
  file: string;
  /** Of an animation; 0 for the rest. */
  page: number;
  /** ms; `null`: as the source's rate says. */
  durationMs: number | null;
}

/** Pictures in their order. */
export interface PictureList {
  items: PictureItem[];
  /** True for a single picture or animation: it goes on for ever. */
  endless: boolean;
}

/** Browsers show frames of less than this for 100 ms, since many GIFs say 0 and mean that. */
const shortestDelayMs = 20;

/** Files that a spec names: itself, or what matches it as a pattern, in natural order. */
async function findPictures(spec: string): Promise<string[]> {
  if ((await fileVersion(spec)) !== null || !isDynamicPattern(spec)) return [spec];
  const pattern = path.sep === '\\' ? spec.replaceAll('\\', '/') : spec;
  const found = await glob(pattern, { expandDirectories: false, onlyFiles: true });
  return found.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/**
 * What to show for a spec.
 *
 * @param known - There was something to show before.
 * @throws {SourceError} `source-not-found` or `source-unreadable`.
 */
export async function listPictures(spec: string, known: boolean = false): Promise<PictureList> {
  const files = await findPictures(spec);
  const [first] = files;
  if (first === undefined) {
    throw new SourceError(`${spec} matches no file: check the path, and quote it for the shell`, {
      code: 'source-not-found',
    });
  }
  if (files.length > 1) {
    const items = files.map((file) => ({ file, page: 0, durationMs: null }));
    return { items, endless: false };
  }
  await checkFile(first, known);
  return { items: await pagesOf(first), endless: true };
}

/** Tells one state of the files behind a spec from another. */
export async function picturesVersion(spec: string): Promise<string | null> {
  const files = await findPictures(spec);
  const versions = await Promise.all(files.map((file) => fileVersion(file)));
  const there = files.flatMap((file, i) => (versions[i] === null ? [] : `${file}:${versions[i]}`));
  return there.length === 0 ? null : there.join('\n');
}

async function pagesOf(file: string): Promise<PictureItem[]> {
  const still = [{ file, page: 0, durationMs: null }];
  try {
    const { pages = 1, delay = [] } = await sharp(await readFile(file)).metadata();
    if (pages < 2 || delay.length === 0) return still;
    return Array.from({ length: pages }, (_, page) => {
      const stated = delay[page] ?? 0;
      return { file, page, durationMs: stated < shortestDelayMs ? 100 : stated };
    });
  } catch {
    // What is wrong with it is said when it is drawn.
    return still;
  }
}
