import { setTimeout as delay } from 'node:timers/promises';
import cliProgress from 'cli-progress';
import fetch from 'node-fetch';
import type { Logger } from '../../logger.js';
import { DownloadError, maxFileBytes, parseManifest } from './manifest.js';
import type { ManifestEntry } from './manifest.js';
import type { FileSet } from './packaged-files.js';
import { sha256 } from './record.js';

/** What {@link downloadFiles} may take; the defaults are what the command uses. */
export interface DownloadOptions {
  logger: Logger;
  /** Draws a progress bar on stderr. */
  progress: boolean;
  /** For one request until its answer begins, in ms. Default 2000. */
  timeoutMs?: number;
  /** For the whole download, in ms. Default 10000. */
  deadlineMs?: number;
  /** Further tries after a network error, 429 or 5xx. Default 3. */
  retries?: number;
  /** Wait before the first further try, in ms; doubles each time. Default 250. */
  backoffMs?: number;
}

type Limits = Required<Omit<DownloadOptions, 'progress'>> & {
  signal: AbortSignal;
  headers: Record<string, string>;
};

const maxManifestBytes = 256 * 1024;

/**
 * Downloads every file that `manifest.json` under `baseUrl` names, and verifies size and sha256. Writes
 * nothing.
 *
 * @throws {DownloadError} when anything failed: it is all files or none.
 */
export async function downloadFiles(baseUrl: URL, options: DownloadOptions): Promise<FileSet> {
  const { deadlineMs = 10_000, timeoutMs = 2000, retries = 3, backoffMs = 250, logger } = options;
  const signal = AbortSignal.timeout(deadlineMs);
  const base = new URL(baseUrl);
  const headers = takeCredentials(base);
  const limits: Limits = { deadlineMs, timeoutMs, retries, backoffMs, logger, signal, headers };
  base.pathname = base.pathname.replace(/\/manifest\.json$/, '').replace(/\/*$/, '/');
  logger.info(`downloading page files from ${shown(base)}`);

  const manifest = await get(below(base, 'manifest.json'), maxManifestBytes, limits);
  const entries = parseManifest(manifest.toString('utf8'));
  const files = new Map<string, Buffer>();
  const bar = options.progress ? createBar(entries.length) : undefined;
  try {
    for (const entry of entries) {
      bar?.update({ file: entry.path });
      files.set(entry.path, await getVerified(base, entry, limits));
      bar?.increment();
    }
  } finally {
    bar?.stop();
  }
  return files;
}

/** `http://user:password@host/` as a header: fetch takes no such address, and errors would show it. */
function takeCredentials(base: URL): Record<string, string> {
  const { username, password } = base;
  if (username === '' && password === '') return {};
  base.username = '';
  base.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** `base` may carry a query, such as a token: it goes along with each file. */
function below(base: URL, path: string): URL {
  const url = new URL(path, base);
  url.search = base.search;
  return url;
}

function createBar(total: number): cliProgress.SingleBar {
  const format = 'Data-files {bar} {value}/{total} {file}';
  const bar = new cliProgress.SingleBar(
    { format, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0, { file: '' });
  return bar;
}

async function getVerified(base: URL, entry: ManifestEntry, limits: Limits): Promise<Buffer> {
  const data = await get(below(base, entry.path), entry.size ?? maxFileBytes, limits);
  if (entry.size !== undefined && data.length !== entry.size) {
    throw new DownloadError(
      `${entry.path} has ${data.length} bytes, its manifest says ${entry.size}`,
    );
  }
  if (sha256(data) !== entry.sha256) {
    throw new DownloadError(`${entry.path} does not have the sha256 of its manifest`);
  }
  return data;
}

/** One URL, with retries. */
async function get(url: URL, maxBytes: number, limits: Limits): Promise<Buffer> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await getOnce(url, maxBytes, limits);
    } catch (error) {
      const final = error instanceof DownloadError || limits.signal.aborted;
      if (final || attempt >= limits.retries) throw asDownloadError(url, error, limits);
      limits.logger.debug({ err: error, url: shown(url) }, 'download failed, trying again');
      const wait = delay(limits.backoffMs * 2 ** attempt, undefined, { signal: limits.signal });
      await wait.catch(() => undefined);
    }
  }
}

async function getOnce(url: URL, maxBytes: number, limits: Limits): Promise<Buffer> {
  const { headers, timeoutMs } = limits;
  const tooSlow = new AbortController();
  const timer = setTimeout(() => tooSlow.abort(), timeoutMs);
  const signal = AbortSignal.any([limits.signal, tooSlow.signal]);
  const response = await fetch(url, { headers, signal, size: maxBytes, follow: 3 })
    .catch((error: unknown) => {
      throw tooSlow.signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error;
    })
    .finally(() => clearTimeout(timer));
  if (response.ok) return Buffer.from(await response.arrayBuffer());
  // frees the connection; the body of a refusal is of no use
  (response.body as { destroy?: () => void } | null)?.destroy?.();
  const reason = `${shown(url)} answered ${response.status}`;
  const temporary = response.status === 429 || response.status >= 500;
  throw temporary ? new Error(reason) : new DownloadError(reason);
}

function asDownloadError(url: URL, error: unknown, limits: Limits): DownloadError {
  if (error instanceof DownloadError) return error;
  if (limits.signal.aborted) {
    return new DownloadError(`the download took longer than ${limits.deadlineMs} ms`, error);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new DownloadError(`${shown(url)}: ${reason}`, error);
}

/** Without user, password and query, which may be secret. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
