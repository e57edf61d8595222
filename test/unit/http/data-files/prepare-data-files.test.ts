import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataLocationError } from '../../../../src/http/data-files/location.js';
import {
  defaultFiles,
  packagedStatic,
  packagedTemplates,
} from '../../../../src/http/data-files/packaged-files.js';
import { prepareDataFiles } from '../../../../src/http/data-files/prepare-data-files.js';
import type { PrepareDataFilesOptions } from '../../../../src/http/data-files/prepare-data-files.js';
import { silentLogger } from '../../../../src/logger.js';

let folder: string;
let home: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'framegear-data-'));
  home = path.join(folder, 'home');
  await mkdir(home);
  vi.stubEnv('HOME', home);
  vi.stubEnv('USERPROFILE', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const inside = (name: string): string => path.join(folder, 'webgear_rtc', name);
const read = (name: string): Promise<string> => readFile(inside(name), 'utf8');

function prepare(
  options: Partial<PrepareDataFilesOptions> = {},
): ReturnType<typeof prepareDataFiles> {
  return prepareDataFiles({ customDataLocation: folder, logger: silentLogger, ...options });
}

describe('generating', () => {
  it('writes the seven default files and those beside them', async () => {
    const dataFiles = await prepare();
    expect(dataFiles).toEqual({
      directory: inside(''),
      templatesDirectory: inside('templates'),
      staticDirectory: inside('static'),
      generated: true,
      warnings: [],
    });
    for (const file of defaultFiles) expect((await read(file)).length).toBeGreaterThan(0);
    expect(await read('static/js/player/main.js')).toContain('startPlayer');
    const names = await readdir(inside(''), { recursive: true });
    expect(names.filter((name) => /tsconfig|\.tmp|\.\d+$/.test(name))).toEqual([]);
  });

  it.each(['', 'relative/home'])(
    'never happens in the current directory: HOME=%o',
    async (value) => {
      vi.stubEnv('HOME', value);
      vi.spyOn(os, 'userInfo').mockReturnValue({ homedir: home } as os.UserInfo<string>);
      const { directory } = await prepare({ customDataLocation: undefined });
      expect(directory).toBe(path.join(home, '.framegear', 'webgear_rtc'));
      vi.restoreAllMocks();
    },
  );

  it('is left out, with a warning, for a user without a home directory', async () => {
    vi.stubEnv('HOME', '');
    vi.spyOn(os, 'userInfo').mockImplementation(() => {
      throw new Error('no such user');
    });
    const dataFiles = await prepare({ customDataLocation: undefined });
    expect(dataFiles).toMatchObject({ staticDirectory: packagedStatic, generated: false });
    expect(dataFiles.warnings).toEqual([expect.stringMatching(/home directory is not known/)]);
    await expect(prepare({ customDataLocation: '~/pages' })).rejects.toMatchObject({
      code: 'home-not-found',
    });
    vi.restoreAllMocks();
  });

  it('happens in the home directory by default', async () => {
    const { directory, generated } = await prepare({ customDataLocation: undefined });
    expect(directory).toBe(path.join(home, '.framegear', 'webgear_rtc'));
    expect(generated).toBe(true);
  });

  it('takes ~ for the home directory', async () => {
    await mkdir(path.join(home, 'pages'));
    const { directory } = await prepare({ customDataLocation: '~/pages' });
    expect(directory).toBe(path.join(home, 'pages', 'webgear_rtc'));
  });

  it('leaves complete files untouched, whatever is in them', async () => {
    for (const name of ['index', '404', '500']) {
      await mkdir(inside('templates'), { recursive: true });
      await writeFile(inside(`templates/${name}.html`), `my ${name}`);
    }
    expect(await prepare()).toMatchObject({ generated: false, warnings: [] });
    expect(await readdir(inside(''))).toEqual(['templates']);
    expect(await readdir(inside('templates'))).toHaveLength(3);
    expect(await read('templates/index.html')).toBe('my index');
  });

  it('makes good a missing template, and keeps edits in place', async () => {
    await prepare();
    await rm(inside('templates/404.html'));
    await writeFile(inside('templates/index.html'), 'edited');
    await writeFile(inside('static/js/mine.js'), 'mine');
    expect(await prepare()).toMatchObject({ generated: true });
    expect(await read('templates/404.html')).toContain('extends');
    expect(await read('templates/index.html')).toBe('edited');
    expect(await read('static/js/mine.js')).toBe('mine');
  });

  it("keeps somebody else's files, such as the original's, when it adds the missing", async () => {
    await mkdir(inside('static/js'), { recursive: true });
    await writeFile(inside('static/js/custom.js'), '// theirs');
    await prepare();
    expect(await read('static/js/custom.js')).toBe('// theirs');
    expect(await read('templates/index.html')).toContain('video');
  });
});

describe('overwriting', () => {
  it('replaces default files, backs up edited ones, and leaves all else alone', async () => {
    await prepare();
    await writeFile(inside('templates/index.html'), 'first edit');
    await writeFile(inside('templates/about.html'), 'about');
    const { warnings } = await prepare({ overwriteDefaultFiles: true });
    expect(warnings).toEqual([expect.stringContaining('index.html.bak-1')]);
    expect(await read('templates/index.html')).toContain('extends');
    expect(await read('templates/index.html.bak-1')).toBe('first edit');
    expect(await read('templates/about.html')).toBe('about');

    await writeFile(inside('templates/index.html'), 'second edit');
    await prepare({ overwriteDefaultFiles: true });
    expect(await read('templates/index.html.bak-1')).toBe('first edit');
    expect(await read('templates/index.html.bak-2')).toBe('second edit');
  });

  it('backs up nothing that it wrote itself', async () => {
    await prepare();
    // as a former version would have left it: not ours of today, but in the record
    const old = 'of an old version';
    await writeFile(inside('static/css/custom.css'), old);
    const record = JSON.parse(await read('.generated.json')) as { files: Record<string, string> };
    const { sha256 } = await import('../../../../src/http/data-files/record.js');
    record.files['static/css/custom.css'] = sha256(Buffer.from(old));
    await writeFile(inside('.generated.json'), JSON.stringify(record));
    expect((await prepare({ overwriteDefaultFiles: true })).warnings).toEqual([]);
    expect(await read('static/css/custom.css')).not.toBe(old);
    const names = await readdir(inside(''), { recursive: true });
    expect(names.filter((name) => name.includes('.bak-'))).toEqual([]);
  });

  it('treats every differing file as edited when the record is lost or broken', async () => {
    await prepare();
    await writeFile(inside('.generated.json'), '{"files":');
    await writeFile(inside('templates/500.html'), 'edited');
    await prepare({ overwriteDefaultFiles: true });
    expect(await read('templates/500.html.bak-1')).toBe('edited');
  });

  it('is safe when several servers start in one directory at once', async () => {
    await prepare();
    await writeFile(inside('templates/index.html'), 'edited');
    const starts = Array.from({ length: 5 }, () => prepare({ overwriteDefaultFiles: true }));
    await Promise.all(starts);
    expect(await read('templates/index.html')).toContain('extends');
    const names = await readdir(inside('templates'));
    const backups = names.filter((name) => name.includes('.bak-'));
    expect(backups.length).toBeGreaterThanOrEqual(1);
    const contents = await Promise.all(backups.map((name) => read(`templates/${name}`)));
    expect(contents).toContain('edited');
    expect(names.filter((name) => /\.\d+$/.test(name))).toEqual([]);
  });

  it('is safe when several servers find an empty directory', async () => {
    const starts = await Promise.all(Array.from({ length: 5 }, () => prepare()));
    expect(starts.flatMap(({ warnings }) => warnings)).toEqual([]);
    for (const file of defaultFiles) expect((await read(file)).length).toBeGreaterThan(0);
  });
});

describe('a location that cannot be used', () => {
  it.each([5, '', ' ', null, {}])('refuses %o as customDataLocation', async (value) => {
    const options = { customDataLocation: value as string };
    await expect(prepare(options)).rejects.toThrow(TypeError);
    await expect(prepare(options)).rejects.toThrow('customDataLocation');
  });

  it('names option and path of a directory that is missing', async () => {
    const missing = path.join(folder, 'nowhere');
    const error = await prepare({ customDataLocation: missing }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataLocationError);
    expect(error).toMatchObject({ code: 'data-location-not-found' });
    expect(String(error)).toContain(`customDataLocation: ${missing}`);
    expect(String(error)).not.toContain('\n');
  });

  it('names option and path of a file in its place', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    const error = await prepare({ customDataLocation: file }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'data-location-not-a-directory' });
    expect(String(error)).toContain(`customDataLocation: ${file}`);
  });

  it('names option and path of a directory that refuses to be written', async () => {
    // root may write to read-only directories, but nobody can make one below a file
    const blocked = path.join(folder, 'blocked');
    await mkdir(blocked);
    await writeFile(path.join(blocked, 'webgear_rtc'), '');
    await chmod(blocked, 0o555);
    const error = await prepare({ customDataLocation: blocked }).catch((reason: unknown) => reason);
    await chmod(blocked, 0o755);
    expect(error).toMatchObject({ code: 'data-location-not-writable' });
    expect(String(error)).toContain(`customDataLocation: ${blocked}`);
  });

  it('uses a complete directory even when it is read-only', async () => {
    await prepare();
    await chmod(inside('templates'), 0o555);
    expect(await prepare()).toMatchObject({ generated: false });
    await chmod(inside('templates'), 0o755);
  });

  it('serves the packaged files when the default location cannot be written', async () => {
    await writeFile(path.join(home, '.framegear'), 'a file');
    const dataFiles = await prepare({ customDataLocation: undefined });
    expect(dataFiles).toMatchObject({
      templatesDirectory: packagedTemplates,
      staticDirectory: packagedStatic,
      generated: false,
      warnings: [expect.stringContaining(path.join(home, '.framegear'))],
    });
  });
});
