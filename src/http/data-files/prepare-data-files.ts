import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../../logger.js';
import { downloadFiles } from './download.js';
import type { DownloadOptions } from './download.js';
import { installFiles, renewFiles } from './install.js';
import type { InstallReport } from './install.js';
import { DataLocationError, findLocation, notWritable, requireWritable } from './location.js';
import type { DataLocation } from './location.js';
import {
  criticalTemplates,
  packagedStatic,
  packagedTemplates,
  readPackagedFiles,
} from './packaged-files.js';
import type { FileSet } from './packaged-files.js';
import type { FileOrigin } from './record.js';
import { describeStale } from './stale-files.js';

/** What {@link prepareDataFiles} takes. */
export interface PrepareDataFilesOptions {
  /** A directory that exists; `~/` is the home directory. Default `~/.framegear`, made when needed. */
  customDataLocation?: string | undefined;
  /** Generates the default files anew; edited ones are backed up first. Default `false`. */
  overwriteDefaultFiles?: boolean | undefined;
  /** `http(s)` URL under which a `manifest.json` lies, used in place of the packaged files. */
  dataFilesUrl?: string | undefined;
  logger: Logger;
  /** Shows a progress bar while downloading. Default: when stderr is a terminal. */
  progress?: boolean | undefined;
  /** Limits of the download; see {@link DownloadOptions}. */
  download?: Omit<DownloadOptions, 'logger' | 'progress'> | undefined;
}

/** Where templates and static files are served from. */
export interface DataFiles {
  /** Holds both; `<location>/webgear_rtc`, or the package when nothing else can be written. */
  readonly directory: string;
  /** `index.html`, `base.html`, `404.html`, `500.html` and what the user adds. */
  readonly templatesDirectory: string;
  /** Served under `/static`. */
  readonly staticDirectory: string;
  /** True when files were written now; false when they were found complete and of this version. */
  readonly generated: boolean;
  /** What was worked around, for people; logged already. */
  readonly warnings: readonly string[];
}

/**
 * Finds the data-files, generates what is missing, and renews what nobody edited since another version of the package wrote
 * it. A complete directory that is not ours by its record is used untouched.
 *
 * @throws {TypeError} for an option that can never work.
 * @throws {DataLocationError} when `customDataLocation` is missing, a file, or read-only while
 *   something has to be written. The default location falls back to the packaged files instead.
 */
export async function prepareDataFiles(options: PrepareDataFilesOptions): Promise<DataFiles> {
  const warnings: string[] = [];
  const warn = (message: string): void => {
    warnings.push(message);
    options.logger.warn(message);
  };
  const url = parseUrl(options.dataFilesUrl);
  const location = await findLocation(options.customDataLocation).catch((error: unknown) => {
    if (options.customDataLocation !== undefined || !(error instanceof DataLocationError))
      throw error;
    return error;
  });
  if (location instanceof DataLocationError) return packagedPages(location, warn, warnings);
  if (!options.overwriteDefaultFiles && (await isComplete(location.directory))) {
    const renewed = await renew(location.directory, options, warn);
    return dataFiles(location.directory, renewed, warnings);
  }
  try {
    if (location.custom) await requireWritable(location);
    const files = url === undefined ? undefined : await download(url, options, warn);
    const origin = files === undefined ? 'package' : 'download';
    await generate(location, files ?? (await readPackagedFiles()), { ...options, origin }, warn);
  } catch (error) {
    if (location.custom || !(error instanceof DataLocationError)) throw error;
    return packagedPages(error, warn, warnings);
  }
  return dataFiles(location.directory, true, warnings);
}

/** What is left when the default location cannot be used. */
function packagedPages(
  error: DataLocationError,
  warn: (message: string) => void,
  warnings: string[],
): DataFiles {
  warn(`${error.message}; serving the packaged pages`);
  return {
    directory: path.dirname(packagedTemplates),
    templatesDirectory: packagedTemplates,
    staticDirectory: packagedStatic,
    generated: false,
    warnings,
  };
}

function dataFiles(directory: string, generated: boolean, warnings: string[]): DataFiles {
  const templatesDirectory = path.join(directory, 'templates');
  const staticDirectory = path.join(directory, 'static');
  return { directory, templatesDirectory, staticDirectory, generated, warnings };
}

/** A complete directory serves as it is, whatever goes wrong here. @returns whether something was written. */
async function renew(
  directory: string,
  { logger }: PrepareDataFilesOptions,
  warn: (message: string) => void,
): Promise<boolean> {
  let report: InstallReport;
  try {
    report = await renewFiles(directory, await readPackagedFiles());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn(
      `${directory}: the page stays as an older version left it, it cannot be renewed (${reason})`,
    );
    return false;
  }
  const files = report.written.length;
  if (files > 0) logger.info({ files, directory }, 'page files brought up to date');
  for (const reason of describeStale(directory, report)) warn(reason);
  return files > 0;
}

async function generate(
  location: DataLocation,
  files: FileSet,
  options: PrepareDataFilesOptions & { origin: FileOrigin },
  warn: (message: string) => void,
): Promise<void> {
  const { overwriteDefaultFiles = false, origin, logger } = options;
  const { directory } = location;
  const report = await installFiles(directory, files, {
    origin,
    overwrite: overwriteDefaultFiles,
  }).catch((error: unknown) => {
    throw notWritable(location, error);
  });
  logger.info({ directory, files: report.written.length }, 'data-files generated');
  if (report.backups.length > 0) warn(`edited files were kept as ${report.backups.join(', ')}`);
  if (report.kept.length > 0) {
    const kept = report.kept.join(', ');
    if (overwriteDefaultFiles)
      warn(`${directory}: files that are not ours were left alone: ${kept}`);
    else logger.info({ directory, kept: report.kept }, 'edited data-files left as they are');
  }
  for (const reason of describeStale(directory, report)) warn(reason);
}

async function download(
  url: URL,
  { logger, progress = process.stderr.isTTY === true, download: limits }: PrepareDataFilesOptions,
  warn: (message: string) => void,
): Promise<FileSet | undefined> {
  try {
    return await downloadFiles(url, { ...limits, logger, progress });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn(`dataFilesUrl: ${reason}; using the packaged files`);
    return undefined;
  }
}

async function isComplete(directory: string): Promise<boolean> {
  const present = criticalTemplates.map((file) =>
    stat(path.join(directory, file)).then(
      (found) => found.isFile(),
      () => false,
    ),
  );
  return (await Promise.all(present)).every(Boolean);
}

function parseUrl(value: unknown): URL | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && URL.canParse(value)) {
    const url = new URL(value);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  }
  throw new TypeError(`dataFilesUrl: expected an http(s) URL, got ${JSON.stringify(value)}`);
}
