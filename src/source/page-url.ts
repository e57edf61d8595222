import { spawn } from 'node:child_process';
import { SourceError } from '../errors.js';
import { redact } from './redact.js';

/** The best that browsers' usual codecs show: one stream with picture, up to 1080p, H.264 first. */
const wantedFormat =
  'b[height<=1080][vcodec^=avc1]/bv[height<=1080][vcodec^=avc1]/b[height<=1080]/bv[height<=1080]/b';

/** Longest wait for `yt-dlp`, ms: some pages take it many requests. */
const defaultTimeoutMs = 60_000;

/** Most that is read of what `yt-dlp` writes, in characters. */
const maxOutput = 100_000;

/** Where the video of a web page lies. */
export interface PageVideo {
  url: string;
  /** HTTP headers that its server asks for. */
  headers: Record<string, string>;
}

/**
 * Asks `yt-dlp`, a program on the user's PATH, for the video of a web page.
 *
 * @throws {SourceError} `yt-dlp-missing`, `timed-out`, or `source-failed` with what `yt-dlp` says.
 */
export async function resolvePage(
  page: string,
  options: { signal?: AbortSignal | undefined; timeoutMs?: number } = {},
): Promise<PageVideo> {
  const { signal, timeoutMs = defaultTimeoutMs } = options;
  const { code, output, errors } = await run(page, timeoutMs, signal);
  const lines = output.split('\n').map((line) => line.trim());
  const url = lines.find((line) => /^[a-z][a-z0-9+.-]*:\/\//i.test(line));
  if (code === 0 && url !== undefined) return { url, headers: headersIn(lines) };
  const said = errors
    .split('\n')
    .findLast((line) => line.startsWith('ERROR:'))
    ?.replace(/^ERROR:\s*/, '');
  throw new SourceError(
    `yt-dlp finds no video at ${redact(page)}: ${redact(said ?? 'it gave no reason').slice(0, 300)}`,
    { code: 'source-failed', retryable: true },
  );
}

function headersIn(lines: readonly string[]): Record<string, string> {
  const json = lines.find((line) => line.startsWith('{'));
  if (json === undefined) return {};
  const entries = Object.entries(JSON.parse(json) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

interface Outcome {
  code: number | null;
  output: string;
  errors: string;
}

function run(page: string, timeoutMs: number, signal?: AbortSignal): Promise<Outcome> {
  const args = ['--print', '%(url)s', '--print', '%(http_headers)j', '--format', wantedFormat];
  args.push('--no-playlist', '--no-warnings', '--', page);
  return new Promise((resolve, reject) => {
    const child = spawn('yt-dlp', args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const texts = { output: '', errors: '' };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const abort = (): void => void child.kill('SIGKILL');
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const keep = (key: keyof typeof texts) => (chunk: Buffer) => {
      texts[key] = (texts[key] + chunk.toString()).slice(-maxOutput);
    };
    child.stdout.on('data', keep('output'));
    child.stderr.on('data', keep('errors'));
    child.once('error', (cause: NodeJS.ErrnoException) => {
      settle();
      reject(cause.code === 'ENOENT' ? missing(cause) : failed(cause));
    });
    child.once('close', (code) => {
      settle();
      if (late) reject(tooLate(page, timeoutMs));
      else resolve({ code, ...texts });
    });
  });
}

function missing(cause: Error): SourceError {
  return new SourceError(
    'stream mode needs yt-dlp, which is not on the PATH: install it (pipx install yt-dlp, ' +
      'brew install yt-dlp or winget install yt-dlp) and start again',
    { code: 'yt-dlp-missing', cause },
  );
}

function failed(cause: Error): SourceError {
  return new SourceError(`yt-dlp cannot be started: ${cause.message}`, {
    code: 'source-failed',
    cause,
  });
}

function tooLate(page: string, timeoutMs: number): SourceError {
  return new SourceError(
    `yt-dlp has not found the video at ${redact(page)} within ${Math.round(timeoutMs / 1000)} s`,
    { code: 'timed-out', retryable: true },
  );
}
