import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { defaultFiles } from '../../src/http/data-files/packaged-files.js';
import { prepareDataFiles } from '../../src/http/data-files/prepare-data-files.js';
import type { DataFiles } from '../../src/http/data-files/prepare-data-files.js';
import { silentLogger } from '../../src/logger.js';
import { listenFor, temporaryFolder } from '../support/http-app.js';

type Entry = { path: string; sha256: string; size?: number };

const limits = { timeoutMs: 2000, deadlineMs: 20_000, retries: 2, backoffMs: 1 };

/** What a good server has: the seven files and one of its own. */
function offeredFiles(): Map<string, string> {
  const names = [...defaultFiles, 'static/js/extra.js'];
  return new Map(names.map((name) => [name, `downloaded ${name}`]));
}

function manifestOf(files: Map<string, string>): Entry[] {
  return [...files].map(([name, content]) => ({
    path: name,
    sha256: createHash('sha256').update(content).digest('hex'),
    size: Buffer.byteLength(content),
  }));
}

/** A download server whose every answer a test can bend. */
async function downloadServer(
  bend: {
    manifest?: (entries: Entry[]) => unknown;
    /** True when it saw to the answer, or wants none. */
    intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  } = {},
): Promise<{ url: string; asked: string[] }> {
  const files = offeredFiles();
  const asked: string[] = [];
  const { url } = await listenFor((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const name = pathname.replace('/pages/', '');
    asked.push(name);
    if (bend.intercept?.(request, response)) return;
    if (name === 'manifest.json') {
      const entries = manifestOf(files);
      response.end(JSON.stringify(bend.manifest?.(entries) ?? { files: entries }));
    } else {
      const content = files.get(name);
      response.statusCode = content === undefined ? 404 : 200;
      response.end(content);
    }
  });
  return { url: `${url}/pages`, asked };
}

async function prepare(
  dataFilesUrl: string,
  download: object = {},
  folder?: string,
): Promise<DataFiles> {
  return prepareDataFiles({
    customDataLocation: folder ?? (await temporaryFolder()),
    dataFilesUrl,
    logger: silentLogger,
    progress: false,
    download: { ...limits, ...download },
  });
}

function index({ templatesDirectory }: DataFiles): Promise<string> {
  return readFile(path.join(templatesDirectory, 'index.html'), 'utf8');
}

/** The packaged files serve, the reason is told, and nothing half-way was written. */
async function expectPackaged(dataFiles: DataFiles, reason: RegExp): Promise<void> {
  expect(dataFiles.warnings).toEqual([expect.stringMatching(reason)]);
  expect(dataFiles.generated).toBe(true);
  expect(await index(dataFiles)).toContain('id="video"');
  expect(await readFile(path.join(dataFiles.staticDirectory, 'js/custom.js'), 'utf8')).toContain(
    'startPlayer',
  );
  const names = await readdir(dataFiles.directory, { recursive: true });
  expect(names.filter((name) => name.includes('extra'))).toEqual([]);
}

describe('data-files from a server', () => {
  it('are downloaded, verified and used', async () => {
    const { url, asked } = await downloadServer();
    const dataFiles = await prepare(url);
    expect(dataFiles).toMatchObject({ generated: true, warnings: [] });
    for (const [name, content] of offeredFiles()) {
      expect(await readFile(path.join(dataFiles.directory, name), 'utf8')).toBe(content);
    }
    expect(asked).toHaveLength(offeredFiles().size + 1);
  });

  it('are taken once: the next start asks nobody', async () => {
    const { url, asked } = await downloadServer();
    const folder = await temporaryFolder();
    await prepare(url, {}, folder);
    asked.length = 0;
    expect(await prepare(url, {}, folder)).toMatchObject({ generated: false });
    expect(asked).toEqual([]);
  });

  it('are not given up for the packaged ones, however they differ', async () => {
    const { url } = await downloadServer();
    const folder = await temporaryFolder();
    const { directory } = await prepare(url, {}, folder);
    const start = (): Promise<DataFiles> =>
      prepareDataFiles({ customDataLocation: folder, logger: silentLogger });
    expect(await start()).toMatchObject({ generated: false, warnings: [] });
    await rm(path.join(directory, 'templates/500.html'));
    expect(await start()).toMatchObject({ generated: true, warnings: [] });
    expect(await start()).toMatchObject({ generated: false, warnings: [] });
    for (const [name, content] of offeredFiles()) {
      const text = await readFile(path.join(directory, name), 'utf8');
      if (name === 'templates/500.html') expect(text).toContain('extends');
      else expect(text).toBe(content);
    }
  });

  it('take the address of the manifest itself, a query and a password', async () => {
    const seen = new Set<string>();
    const { url } = await downloadServer({
      intercept: (request) => {
        seen.add(request.headers.authorization ?? 'none');
        seen.add(
          new URL(request.url ?? '', 'http://localhost').searchParams.get('token') ?? 'none',
        );
        return false;
      },
    });
    const address = new URL(`${url}/manifest.json?token=t1`);
    address.username = 'me';
    address.password = 'p@ss';
    expect(await prepare(address.href)).toMatchObject({ warnings: [] });
    expect(seen).toEqual(new Set([`Basic ${btoa('me:p@ss')}`, 't1']));
  });

  it('are asked for again after 503 and 429', async () => {
    let refusals = 2;
    const { url, asked } = await downloadServer({
      intercept: (_request, response) => {
        if (refusals === 0) return false;
        response.writeHead(refusals === 2 ? 503 : 429).end();
        refusals -= 1;
        return true;
      },
    });
    expect(await prepare(url)).toMatchObject({ warnings: [] });
    expect(asked.slice(0, 3)).toEqual(['manifest.json', 'manifest.json', 'manifest.json']);
  });

  it('give way to the packaged ones when the server is down', async () => {
    const dataFiles = await prepare('http://127.0.0.1:9/');
    await expectPackaged(dataFiles, /dataFilesUrl: http:\/\/127\.0\.0\.1:9\/manifest\.json/);
  });

  it('give way when there is no manifest, without asking again', async () => {
    const { url, asked } = await downloadServer({
      intercept: (_request, response) => response.writeHead(404).end('not here').writableEnded,
    });
    await expectPackaged(await prepare(url), /answered 404/);
    expect(asked).toHaveLength(1);
  });

  it('say where they come from, without what may be secret', async () => {
    const { url } = await downloadServer();
    const info = vi.fn();
    await prepareDataFiles({
      customDataLocation: await temporaryFolder(),
      dataFilesUrl: `${url.replace('//', '//user:secret@')}?token=secret`,
      logger: { ...silentLogger, info },
      progress: false,
    });
    expect(info.mock.calls[0]).toEqual([`downloading page files from ${url}/`]);
  });

  it('give way when the server never answers', async () => {
    const { url, asked } = await downloadServer({ intercept: () => true });
    await expectPackaged(await prepare(url, { timeoutMs: 50, retries: 1 }), /manifest\.json/);
    expect(asked).toHaveLength(2);
  });

  it('give way when a file drips in too slowly for the whole download', async () => {
    const { url } = await downloadServer({
      intercept: (request, response) => {
        if (!request.url?.endsWith('base.html')) return false;
        response.writeHead(200);
        const drip = setInterval(() => response.write('.'), 20);
        response.once('close', () => clearInterval(drip));
        return true;
      },
    });
    const dataFiles = await prepare(url, { deadlineMs: 400, timeoutMs: 10_000 });
    await expectPackaged(dataFiles, /longer than 400 ms/);
  });

  it.each<[string, (entries: Entry[]) => unknown, RegExp]>([
    ['a hash that lies', bendEntry({ sha256: '0'.repeat(64) }), /does not have the sha256/],
    ['a size that lies', bendEntry({ size: 3 }), /index\.html|size/],
    ['a larger size', bendEntry({ size: 4000 }), /has \d+ bytes/],
    ['a path that climbs', bendEntry({ path: 'templates/../../x.html' }), /no plain path/],
    ['an absolute path', bendEntry({ path: '/etc/passwd' }), /no plain path/],
    ['another folder', bendEntry({ path: 'scripts/x.js' }), /no plain path/],
    ['a backslash', bendEntry({ path: 'static\\x.js' }), /no plain path/],
    ['no hash', bendEntry({ sha256: '' }), /no SHA-256/],
    ['no default files', () => ({ files: [] }), /lacks templates\/index\.html/],
    ['no list', () => ({ list: [] }), /"files" must be a list/],
    ['no object', () => [1], /"files" must be a list/],
  ])('give way when the manifest has %s', async (_title, manifest, reason) => {
    const { url } = await downloadServer({ manifest });
    await expectPackaged(await prepare(url), reason);
  });

  it('never replace a file of the user, whatever the manifest says', async () => {
    const { url } = await downloadServer();
    const folder = await temporaryFolder();
    const first = await prepare(url, {}, folder);
    const mine = path.join(first.staticDirectory, 'js/mine.js');
    await writeFile(mine, 'mine');
    const { url: other } = await downloadServer({
      intercept: (request, response) =>
        request.url?.endsWith('mine.js') === true && response.end('theirs').writableEnded,
      manifest: (entries) => ({
        files: [...entries, { path: 'static/js/mine.js', sha256: hashOf('theirs') }],
      }),
    });
    const again = await prepareDataFiles({
      customDataLocation: folder,
      overwriteDefaultFiles: true,
      dataFilesUrl: other,
      logger: silentLogger,
      download: limits,
    });
    expect(await readFile(mine, 'utf8')).toBe('mine');
    expect(again.warnings).toEqual([expect.stringContaining('static/js/mine.js')]);
  });

  it.each(['ftp://host/', 'not a url', '', 5])(
    'refuses %o as dataFilesUrl',
    async (dataFilesUrl) => {
      await expect(prepare(dataFilesUrl as string)).rejects.toThrow(TypeError);
      await expect(prepare(dataFilesUrl as string)).rejects.toThrow('dataFilesUrl');
    },
  );
});

function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Changes the first entry, `templates/index.html`. */
function bendEntry(change: Partial<Entry>): (entries: Entry[]) => unknown {
  return ([first, ...rest]) => ({ files: [{ ...first, ...change }, ...rest] });
}
