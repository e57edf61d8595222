import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renewFiles } from '../../src/http/data-files/install.js';
import { readPackagedFiles } from '../../src/http/data-files/packaged-files.js';
import { prepareDataFiles } from '../../src/http/data-files/prepare-data-files.js';
import type { DataFiles } from '../../src/http/data-files/prepare-data-files.js';
import { silentLogger } from '../../src/logger.js';
import type { Logger } from '../../src/logger.js';
import { temporaryFolder, writeFiles } from '../support/http-app.js';
import { olderVersion } from '../support/older-files.js';
import type { OlderVersion } from '../support/older-files.js';
import { withoutWriteAccess } from '../support/write-access.js';

const packaged = await readPackagedFiles();
const index = 'templates/index.html';
const base = 'templates/base.html';
const style = 'static/css/custom.css';
const script = 'static/js/custom.js';
const peer = 'static/js/player/peer.js';
const main = 'static/js/player/main.js';

/** A data directory, and starts of servers on it. */
class Site {
  readonly folder: string;
  /** Lines of the newest start: those for information, with their fields. */
  told: unknown[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** As an older version left it, and then somebody edited it. */
  static async after(version: OlderVersion, edits: Record<string, string> = {}): Promise<Site> {
    const site = new Site(await temporaryFolder());
    await site.start();
    await olderVersion(site.directory, version);
    await writeFiles(site.directory, edits);
    return site;
  }

  get directory(): string {
    return path.join(this.folder, 'webgear_rtc');
  }

  start(options: { overwriteDefaultFiles?: boolean } = {}): Promise<DataFiles> {
    this.told = [];
    const info = (fields: object | string, message?: string): void => {
      this.told.push(typeof fields === 'string' ? fields : { ...fields, message });
    };
    const logger: Logger = { ...silentLogger, info };
    return prepareDataFiles({ customDataLocation: this.folder, logger, ...options });
  }

  read(file: string): Promise<string> {
    return readFile(path.join(this.directory, file), 'utf8');
  }

  /** Packaged files that are not as in the package. */
  async differing(): Promise<string[]> {
    const files: string[] = [];
    for (const [file, data] of packaged) {
      const present = await this.read(file).catch(() => null);
      if (present !== data.toString('utf8')) files.push(file);
    }
    return files.sort();
  }

  /** Every file, with its contents. */
  async snapshot(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile())) {
      const file = path.join(entry.parentPath, entry.name);
      found[path.relative(this.directory, file)] = await readFile(file, 'latin1');
    }
    return found;
  }
}

const anOlder: OlderVersion = {
  old: {
    [index]: 'old index',
    [style]: 'old style',
    [script]: 'old',
    [peer]: 'old',
    [main]: 'old',
  },
};

describe('files of an older version', () => {
  it('are renewed, with one line that tells how many and where', async () => {
    const site = await Site.after({ ...anOlder, absent: ['static/img/favicon.svg'] });
    expect(await site.start()).toMatchObject({ generated: true, warnings: [] });
    expect(await site.differing()).toEqual([]);
    const { directory } = site;
    expect(site.told).toEqual([{ files: 6, directory, message: 'page files brought up to date' }]);
  });

  it('are left alone at the start after, and known as unedited by the next version', async () => {
    const site = await Site.after(anOlder);
    await site.start();
    const before = await site.snapshot();
    expect(await site.start()).toMatchObject({ generated: false, warnings: [] });
    expect(site.told).toEqual([]);
    expect(await site.snapshot()).toEqual(before);
    await olderVersion(site.directory, anOlder);
    expect(await site.start()).toMatchObject({ generated: true });
    expect(await site.differing()).toEqual([]);
  });

  it('stay when the package has them no more: a page of the user may use them', async () => {
    const gone = 'static/js/player/gone.js';
    const site = await Site.after({ old: { [peer]: 'old', [gone]: 'gone' } });
    expect(await site.start()).toMatchObject({ generated: true, warnings: [] });
    expect(await site.read(gone)).toBe('gone');
    expect(await site.start()).toMatchObject({ generated: false, warnings: [] });
  });

  it('are renewed beside files of the user, which stay', async () => {
    const mine = { 'templates/about.html': 'about', 'static/js/mine.js': 'import "./custom.js";' };
    const site = await Site.after(anOlder, mine);
    expect(await site.start()).toMatchObject({ warnings: [] });
    expect(await site.differing()).toEqual([]);
    for (const [file, content] of Object.entries(mine)) expect(await site.read(file)).toBe(content);
  });

  it('are renewed by one of several servers that start at once, and never seen half-written', async () => {
    const site = await Site.after(anOlder);
    const whole = new Set(['old', packaged.get(main)?.toString('utf8')]);
    let starting = true;
    const starts = Promise.all(Array.from({ length: 5 }, () => site.start())).finally(() => {
      starting = false;
    });
    while (starting) expect(whole).toContain(await site.read(main));
    expect((await starts).flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(await site.differing()).toEqual([]);
    expect(Object.keys(await site.snapshot()).sort()).toEqual(
      ['.generated.json', ...packaged.keys()].map((file) => path.normalize(file)).sort(),
    );
  });

  it('are all of one version when servers of two versions start at once', async () => {
    const site = await Site.after(anOlder);
    const other = new Map(packaged);
    for (const file of Object.keys(anOlder.old ?? {}))
      other.set(file, Buffer.from(`other ${file}`));
    const starts = [packaged, other, packaged, other];
    const reports = await Promise.all(starts.map((files) => renewFiles(site.directory, files)));
    expect(reports.flatMap(({ kept }) => kept)).toEqual([]);
    const differing = await site.differing();
    expect([[], Object.keys(anOlder.old ?? {}).sort()]).toContainEqual(differing);
    expect(await site.start()).toMatchObject({ generated: differing.length > 0, warnings: [] });
    expect(await site.differing()).toEqual([]);
  });

  it('are renewed after a crash that came between them and the record', async () => {
    const site = await Site.after({ old: { [peer]: 'old', [main]: 'old' } });
    await writeFile(path.join(site.directory, peer), packaged.get(peer) as Buffer);
    expect(await site.start()).toMatchObject({ generated: true, warnings: [] });
    expect(await site.differing()).toEqual([]);
  });
});

describe('edited files', () => {
  it('of the page stay, are named, and keep the pages as they fit; the player is renewed', async () => {
    const site = await Site.after(anOlder, { [index]: 'edited' });
    const { warnings, generated } = await site.start();
    expect(generated).toBe(true);
    expect(await site.differing()).toEqual([style, index]);
    expect(await site.read(index)).toBe('edited');
    expect(await site.read(style)).toBe('old style');
    expect(warnings).toEqual([expect.stringContaining(`${index} was edited`)]);
    expect(warnings[0]).toContain('--overwrite-default-files');
    expect(warnings[0]).not.toContain(base);
  });

  it('are named at each start, and nothing more is written', async () => {
    const site = await Site.after(anOlder, { [index]: 'edited' });
    const { warnings } = await site.start();
    const before = await site.snapshot();
    expect(await site.start()).toMatchObject({ generated: false, warnings });
    expect(await site.snapshot()).toEqual(before);
  });

  it('of the player keep all of it, and the pages that use it', async () => {
    const site = await Site.after(anOlder, { [peer]: 'edited' });
    const { warnings } = await site.start();
    expect(await site.differing()).toEqual(Object.keys(anOlder.old ?? {}).sort());
    expect(warnings).toEqual([expect.stringMatching(`${peer} was edited.*4 unedited files`)]);
  });

  it('that import modules of the older player keep it too', async () => {
    const mine = `import { Peer } from './player/peer.js';`;
    const site = await Site.after(anOlder, { 'static/js/mine.js': mine });
    const { warnings } = await site.start();
    expect(await site.read(peer)).toBe('old');
    expect(warnings).toEqual([expect.stringContaining('static/js/mine.js imports')]);
  });

  it('are no matter while their defaults are the same', async () => {
    const edits = { [base]: 'edited', 'static/js/player/dom.js': 'edited' };
    const site = await Site.after(anOlder, edits);
    expect(await site.start()).toMatchObject({ generated: true, warnings: [] });
    expect(await site.differing()).toEqual(Object.keys(edits).sort());
  });

  it('give way once they are deleted', async () => {
    const site = await Site.after(anOlder, { [index]: 'edited', [peer]: 'edited' });
    await site.start();
    await rm(path.join(site.directory, index));
    await rm(path.join(site.directory, peer));
    expect(await site.start()).toMatchObject({ generated: true, warnings: [] });
    expect(await site.differing()).toEqual([]);
  });

  it('give way to overwriting, with a backup', async () => {
    const site = await Site.after(anOlder, { [index]: 'edited' });
    await site.start();
    const { warnings } = await site.start({ overwriteDefaultFiles: true });
    expect(warnings).toEqual([expect.stringContaining('index.html.bak-1')]);
    expect(await site.read(`${index}.bak-1`)).toBe('edited');
    expect(await site.differing()).toEqual([]);
    expect(await site.start()).toMatchObject({ generated: false, warnings: [] });
  });
});

describe('a directory that is not only ours', () => {
  it('is left alone without a record', async () => {
    const site = await Site.after(anOlder);
    await rm(path.join(site.directory, '.generated.json'));
    const before = await site.snapshot();
    expect(await site.start()).toMatchObject({ generated: false, warnings: [] });
    expect(await site.snapshot()).toEqual(before);
  });

  it.each(['{"files":', '[]', '{"files":5}', ''])(
    'is left alone, and that is said, when its record is %j',
    async (broken) => {
      const site = await Site.after({ ...anOlder, absent: ['static/img/favicon.svg'] });
      await writeFile(path.join(site.directory, '.generated.json'), broken);
      const before = await site.snapshot();
      const { generated, warnings } = await site.start();
      expect(generated).toBe(false);
      expect(warnings).toEqual([expect.stringMatching(/generated\.json is damaged.*overwrite/)]);
      expect(await site.snapshot()).toEqual(before);
    },
  );

  it('gets a damaged record back while all files are as in the package', async () => {
    const site = await Site.after({});
    const recordFile = path.join(site.directory, '.generated.json');
    const record = await readFile(recordFile, 'utf8');
    await writeFile(recordFile, '{');
    expect(await site.start()).toMatchObject({ warnings: [] });
    expect(JSON.parse(await readFile(recordFile, 'utf8'))).toEqual(JSON.parse(record));
  });

  it('keeps what was there before us, and is not told of it at every start', async () => {
    const folder = await temporaryFolder();
    await writeFiles(path.join(folder, 'webgear_rtc'), { [script]: 'theirs' });
    const start = (): Promise<DataFiles> =>
      prepareDataFiles({ customDataLocation: folder, logger: silentLogger });
    expect(await start()).toMatchObject({ generated: true, warnings: [] });
    expect(await start()).toMatchObject({ generated: false, warnings: [] });
    expect(await readFile(path.join(folder, 'webgear_rtc', script), 'utf8')).toBe('theirs');
  });

  it('serves as it is when it cannot be written, and that is said once', async () => {
    const site = await Site.after(anOlder);
    const before = await site.snapshot();
    const { generated, warnings } = await withoutWriteAccess(site.directory, () => site.start());
    expect(generated).toBe(false);
    expect(warnings).toEqual([expect.stringContaining(site.directory)]);
    expect(await site.snapshot()).toEqual(before);
    expect(await site.start()).toMatchObject({ generated: true, warnings: [] });
  });
});
