import { StreamError } from '../../errors.js';
import { defaultFiles } from './packaged-files.js';

/** One file that a download server offers. */
export interface ManifestEntry {
  /** Below the manifest and below the data directory: `templates/...` or `static/...`. */
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes, when the manifest tells. */
  readonly size: number | undefined;
}

/** Largest file a manifest may name, in bytes. */
export const maxFileBytes: number = 5 * 1024 * 1024;
const maxFiles = 200;
const maxTotalBytes = 20 * 1024 * 1024;

/** The data-files of a server cannot be used; `code` is `data-files-download-failed`. */
export class DownloadError extends StreamError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'data-files-download-failed', cause });
  }
}

/**
 * Reads `manifest.json`: `{ "files": [{ "path", "sha256", "size"? }] }`. Nothing in it can name a place
 * outside `templates/` and `static/`.
 *
 * @throws {DownloadError} naming what is wrong, also when one of the seven default files is missing.
 */
export function parseManifest(json: string): ManifestEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new DownloadError('manifest.json is no valid JSON', error);
  }
  const files = (value as { files?: unknown } | null)?.files;
  if (!Array.isArray(files) || files.length > maxFiles) {
    throw new DownloadError(`manifest.json: "files" must be a list of at most ${maxFiles}`);
  }
  const entries = files.map(parseEntry);
  const paths = new Set(entries.map((entry) => entry.path));
  if (paths.size < entries.length) throw new DownloadError('manifest.json names a file twice');
  const missing = defaultFiles.filter((file) => !paths.has(file));
  if (missing.length > 0) throw new DownloadError(`manifest.json lacks ${missing.join(', ')}`);
  const total = entries.reduce((sum, entry) => sum + (entry.size ?? 0), 0);
  if (total > maxTotalBytes) throw new DownloadError('manifest.json names more than 20 MiB');
  return entries;
}

function parseEntry(value: unknown, index: number): ManifestEntry {
  const { path, sha256, size } = (value ?? {}) as Record<string, unknown>;
  const where = `manifest.json: files[${index}]`;
  if (typeof path !== 'string' || !isSafePath(path)) {
    throw new DownloadError(`${where}.path is no plain path in templates/ or static/`);
  }
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw new DownloadError(`${where}.sha256 is no SHA-256 in hex`);
  }
  const validSize = typeof size === 'number' && Number.isInteger(size) && size >= 0;
  if (size !== undefined && (!validSize || size > maxFileBytes)) {
    throw new DownloadError(`${where}.size must be 0 to ${maxFileBytes}`);
  }
  return { path, sha256: sha256.toLowerCase(), size: validSize ? size : undefined };
}

/** No dotfiles, so no `..` either; no backslash, no drive, no query. */
function isSafePath(path: string): boolean {
  return path.length <= 200 && /^(templates|static)(\/[\w@-][\w.@-]*)+$/.test(path);
}
