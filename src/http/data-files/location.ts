import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { StreamError } from '../../errors.js';

/** Name of the folder inside the location; the original's, so that its users find their files. */
const folderName = 'webgear_rtc';

/** Where data-files are kept. */
export interface DataLocation {
  /** True for `customDataLocation`: it must be there, and faults are errors. */
  readonly custom: boolean;
  /** The location itself, absolute. */
  readonly root: string;
  /** The folder inside it that holds `templates/` and `static/`. */
  readonly directory: string;
}

/** The data location cannot be used; `code` says why, the message what to do. */
export class DataLocationError extends StreamError {}

/**
 * Finds the location: `customDataLocation`, else `~/.framegear`, which is made when needed.
 *
 * @throws {TypeError} when `customDataLocation` is no path.
 * @throws {DataLocationError} `data-location-not-found`, `data-location-not-a-directory`,
 *   `home-not-found`.
 */
export async function findLocation(customDataLocation: unknown): Promise<DataLocation> {
  if (customDataLocation === undefined) {
    const root = path.join(homeDirectory(), '.framegear');
    return { custom: false, root, directory: path.join(root, folderName) };
  }
  if (typeof customDataLocation !== 'string' || customDataLocation.trim() === '') {
    throw new TypeError(
      `customDataLocation: expected the path of a directory, got ${JSON.stringify(customDataLocation)}`,
    );
  }
  const root = path.resolve(customDataLocation.replace(/^~(?=[/\\]|$)/, () => homeDirectory()));
  const found = await stat(root).catch((cause: unknown) => {
    throw new DataLocationError(
      `customDataLocation: ${root} is not there or cannot be read; make the directory first`,
      { code: 'data-location-not-found', cause },
    );
  });
  if (!found.isDirectory()) {
    throw new DataLocationError(
      `customDataLocation: ${root} is a file; name a directory that can be written to`,
      { code: 'data-location-not-a-directory' },
    );
  }
  return { custom: true, root, directory: path.join(root, folderName) };
}

/** `HOME`, or what the system says of the user where that is empty: never the current directory. */
function homeDirectory(): string {
  const candidates = [os.homedir, () => os.userInfo().homedir];
  for (const find of candidates) {
    try {
      const home = find();
      if (path.isAbsolute(home)) return home;
    } catch {
      // a user without an entry in the system's list, as in some containers
    }
  }
  throw new DataLocationError(
    'the home directory is not known; set HOME or name a data directory',
    {
      code: 'home-not-found',
    },
  );
}

/** @throws {DataLocationError} `data-location-not-writable`, naming the option and the path. */
export async function requireWritable(location: DataLocation): Promise<void> {
  await access(location.root, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw notWritable(location, cause);
  });
}

/** The error for a location that refused to be written. */
export function notWritable(location: DataLocation, cause: unknown): DataLocationError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const option = location.custom ? 'customDataLocation: ' : '';
  return new DataLocationError(
    `${option}${location.root} cannot be written to; give the server's user write access or name ` +
      `another directory (${reason})`,
    { code: 'data-location-not-writable', cause },
  );
}
