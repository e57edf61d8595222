import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/logger.js';
import { resolvePage } from '../../src/source/page-url.js';
import { createSourceFactory } from '../../src/source/source-factory.js';
import { fixtureDirectory, makeClip } from '../fixtures/make.js';
import { openingError, readSource } from '../support/read-source.js';
import { serveWeb } from '../support/web-server.js';

const page = 'http://127.0.0.1:1/watch?v=abc&token=s3cret';
const bin = path.join(fixtureDirectory(), 'bin');

/** Puts a program called yt-dlp on the PATH, alone with the system's own directories. */
function fakeYtDlp(script: string | null): void {
  mkdirSync(bin, { recursive: true });
  if (script !== null) {
    const file = path.join(bin, 'yt-dlp');
    writeFileSync(file, `#!${process.execPath}\n${script}`);
    chmodSync(file, 0o755);
  }
  vi.stubEnv('PATH', script === null ? path.join(bin, 'empty') : bin);
}

/** False once a process has ended and was waited for. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

beforeEach(() => fakeYtDlp(null));
afterEach(() => vi.unstubAllEnvs());

describe('stream mode', () => {
  it('plays what yt-dlp finds, with the headers it names', async () => {
    const file = await makeClip({ seconds: 0.2 });
    const agents: (string | undefined)[] = [];
    const server = await serveWeb((request, response) => {
      agents.push(request.headers['user-agent']);
      response.writeHead(200, { 'content-length': statSync(file).size });
      createReadStream(file).pipe(response);
    });
    fakeYtDlp(`
      const page = process.argv.at(-1);
      if (page !== ${JSON.stringify(page)}) process.exit(3);
      console.log('${server.origin}/video.mp4');
      console.log(JSON.stringify({ 'User-Agent': 'a browser' }));
    `);
    const { info, frames } = await readSource(page, { streamMode: true });
    expect(info).toMatchObject({ codedWidth: 320, live: false, pacing: 'timestamp' });
    expect(frames).toHaveLength(6);
    expect(agents[0]).toBe('a browser');
    await server.close();
  });

  it('shows the page, not the address behind it, without secrets', () => {
    const factory = createSourceFactory(page, { logger: silentLogger, streamMode: true });
    expect(factory.label).toBe('http://127.0.0.1:1/watch?v=abc&token=***');
  });

  it('says how to install yt-dlp', async () => {
    const error = await openingError(page, { streamMode: true });
    expect(error).toMatchObject({ code: 'yt-dlp-missing', retryable: false });
    expect(String(error)).toContain('install');
  });

  it('passes on what yt-dlp says is wrong', async () => {
    fakeYtDlp(
      `console.error('WARNING: x\\nERROR: [site] This video is private'); process.exit(1);`,
    );
    const error = await openingError(page, { streamMode: true });
    expect(error).toMatchObject({ code: 'source-failed', retryable: true });
    expect(String(error)).toContain('[site] This video is private');
    expect(String(error)).not.toContain('s3cret');
  });

  it('does not wait for yt-dlp for ever', async () => {
    fakeYtDlp('setInterval(() => undefined, 1000);');
    await expect(resolvePage(page, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'timed-out',
    });
  });

  it('ends yt-dlp when it is stopped', async () => {
    const pidFile = path.join(fixtureDirectory(), 'yt-dlp.pid');
    rmSync(pidFile, { force: true });
    fakeYtDlp(`
      require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, process.pid + '.');
      setInterval(() => undefined, 1000);
    `);
    const source = createSourceFactory(page, { logger: silentLogger, streamMode: true }).create();
    const abort = new AbortController();
    const started = source.start?.({ signal: abort.signal });
    const reason = new Error('nobody watches');
    const outcome = Promise.resolve(started).catch((error: unknown) => error);
    const written = (): string => (existsSync(pidFile) ? readFileSync(pidFile, 'utf8') : '');
    await expect.poll(written, { timeout: 10_000 }).toMatch(/\d\.$/);
    const pid = Number.parseInt(written(), 10);
    abort.abort(reason);
    expect(await outcome).toBe(reason);
    await expect.poll(() => isRunning(pid)).toBe(false);
    await source.stop();
  });
});
