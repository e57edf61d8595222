import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VideoFrame } from '../../src/index.js';
import type { TransformContext } from '../../src/index.js';
import { createColors } from '../../src/cli/colors.js';
import { init } from '../../src/cli/init.js';
import { loadConfig } from '../../src/config/load-config.js';
import { optionTable } from '../../src/config/option-table.js';
import { loadModule } from '../../src/util/load-module.js';
import { runningPackage } from '../../src/util/running-package.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'framegear-init-')));
  init(folder, { force: false }, { colors: createColors({ stream: {} }), print: () => undefined });
});
afterEach(() => rmSync(folder, { recursive: true }));

type Transform = (frame: VideoFrame, context: TransformContext) => VideoFrame;

describe('what framegear init writes', () => {
  it('has a transform that turns a moving bar into its negative', async () => {
    const { exports } = await loadModule(join(folder, 'transform.ts'), { provide: runningPackage });
    const transform = exports['default'] as Transform;
    const sent: unknown[] = [];
    const context = { frameNumber: 0, send: (message: unknown) => void sent.push(message) };
    const pixels = Buffer.alloc(16 * 4 * 3, 10);
    const init = { format: 'RGB', codedWidth: 16, codedHeight: 4, timestamp: 40 } as const;
    const input = VideoFrame.fromBuffer(pixels, init);
    const output = transform(input, context as unknown as TransformContext);
    expect(input.closed).toBe(true);
    expect(output).toMatchObject({ codedWidth: 16, codedHeight: 4, timestamp: 40 });
    const row = [...output.toBuffer({ format: 'RGB' }).subarray(0, 16 * 3)];
    expect(row).toEqual([...Array<number>(6).fill(245), ...Array<number>(42).fill(10)]);
    expect(sent).toHaveLength(1);
    output.close();
  });

  it('has a config that is accepted, and names only options that exist', async () => {
    const config = await loadConfig({ cwd: folder });
    expect(config?.options).toEqual({ source: 'testsrc', transforms: ['./transform.ts'] });
    const text = (await import('../../src/cli/init-files.js')).initFiles
      .map(({ text }) => text)
      .join('');
    const named = [...text.matchAll(/^ {2}(?:\/\/ )?(\w+): /gm)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(5);
    expect(Object.keys(optionTable)).toEqual(expect.arrayContaining(named));
  });

  it('passes a strict type check', { timeout: 120_000 }, () => {
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noUncheckedIndexedAccess: true,
          noEmit: true,
          target: 'es2022',
          lib: ['es2023', 'esnext.disposable'],
          module: 'nodenext',
          skipLibCheck: true,
          types: ['node'],
          typeRoots: [join(root, 'node_modules/@types')],
          paths: { framegear: [join(root, 'src/index.ts')] },
        },
        files: ['transform.ts', 'framegear.config.ts'],
      }),
    );
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(stdout.split('\n').filter((line) => !line.includes('/src/'))).toEqual(['']);
  });
});
