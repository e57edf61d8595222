import { access, constants, open, readdir, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { SourceError } from '../errors.js';
import { editDistance } from '../util/edit-distance.js';

/** Specs that a misspelt word may have meant. */
const words = ['testsrc', 'camera', 'screen'];

/**
 * Looks at a file before FFmpeg does, since Node's errors tell more.
 *
 * @param known - The file was there before: when it is gone, no other name is guessed.
 * @throws {SourceError} `source-not-found`, with the likely name when there is one;
 *   `source-unreadable` for a directory, pipe, socket or device, an empty file or one this user may
 *   not read.
 */
export async function checkFile(file: string, known: boolean = false): Promise<void> {
  let stats: Stats;
  try {
    stats = await stat(file);
  } catch (cause) {
    if (isCode(cause, 'EACCES')) throw unreadable(file, cause);
    throw known ? gone(file, cause) : await notFound(file, cause);
  }
  const other = otherThanFile(file, stats);
  if (other !== null) throw new SourceError(`${file} ${other}`, { code: 'source-unreadable' });
  try {
    await access(file, constants.R_OK);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  if (stats.isFile() && stats.size === 0) {
    throw new SourceError(`${file} is empty: is it still being written?`, {
      code: 'source-unreadable',
    });
  }
}

/** What a path leads to when it is nothing with a beginning and an end, and what to do then. */
function otherThanFile(file: string, stats: Stats): string | null {
  if (stats.isDirectory()) {
    return `is a directory: name a file in it, or pictures as '${path.join(file, '*.jpg')}'`;
  }
  // Opening a pipe waits for its writer, and nothing can end that wait.
  if (stats.isFIFO()) {
    return 'is a pipe: record to a file, or open tcp://127.0.0.1:9000?listen=1 and send to that port';
  }
  if (stats.isSocket()) return 'is a socket: have its program send to a tcp:// or udp:// address';
  if (stats.isCharacterDevice()) return `is a device: if it is a camera, write camera:${file}`;
  return null;
}

/** Tells one version of a file from another: changes when it is written anew. `null`: not there. */
export async function fileVersion(file: string): Promise<string | null> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs}/${size}/${ino}`;
  } catch {
    return null;
  }
}

/** Whether a file begins as MP4 and QuickTime files do: with the length and name of a box. */
export async function startsAsMp4(file: string): Promise<boolean> {
  try {
    await using handle = await open(file);
    const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return /^(ftyp|moov|mdat|wide|free|skip|pnot)$/.test(buffer.toString('latin1', 4));
  } catch {
    return false;
  }
}

/** The error for a path that leads nowhere, with what may have been meant. */
async function notFound(file: string, cause?: unknown): Promise<SourceError> {
  const meant = await similarName(file);
  const advice = meant === null ? 'check the path' : `did you mean ${meant}?`;
  return new SourceError(`${file} does not exist: ${advice}`, { code: 'source-not-found', cause });
}

/** The error for a file that was there before. */
function gone(file: string, cause: unknown): SourceError {
  return new SourceError(`${file} is not there any more: it was moved or deleted`, {
    code: 'source-not-found',
    cause,
  });
}

function unreadable(file: string, cause: unknown): SourceError {
  return new SourceError(`${file} may not be read by this user: check its permissions`, {
    code: 'source-unreadable',
    cause,
  });
}

function isCode(error: unknown, code: string): boolean {
  return (error as { code?: string } | null)?.code === code;
}

async function similarName(file: string): Promise<string | null> {
  const { dir, base } = path.parse(file);
  const names = await readdir(dir === '' ? '.' : dir).catch(() => []);
  const candidates = dir === '' ? [...words, ...names] : names;
  let best: { name: string; distance: number } | null = null;
  for (const name of candidates.slice(0, 2000)) {
    const distance = editDistance(base.toLowerCase(), name.toLowerCase());
    if (distance <= Math.min(3, base.length / 3) && distance < (best?.distance ?? Infinity)) {
      best = { name, distance };
    }
  }
  return best === null ? null : path.join(dir, best.name);
}
