import { cpSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { VideoFrame } from 'framegear';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AudioData } from '../../src/media/audio-data.js';
import { createTransformChain } from '../../src/transform/transform-chain.js';
import type { TransformChain, TransformChainOptions } from '../../src/transform/transform-chain.js';
import { contextOf, frameOf, info, recordingLogger } from '../support/transform-frames.js';

const fixtures = fileURLToPath(new URL('../fixtures/transforms', import.meta.url));

let folder: string;
let logger: ReturnType<typeof recordingLogger>;
const chains: TransformChain[] = [];

beforeEach(() => {
  // Outside the repository: nothing is installed here.
  folder = mkdtempSync(join(tmpdir(), 'framegear-transform-'));
  cpSync(fixtures, folder, { recursive: true });
  logger = recordingLogger();
});

afterEach(async () => {
  await Promise.all(chains.splice(0).map((chain) => chain.close()));
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

/** As editors save: a new file takes the place of the old one. */
function replace(name: string, text: string): void {
  write(`${name}.tmp`, text);
  renameSync(join(folder, `${name}.tmp`), join(folder, name));
}

async function open(paths: string[], options: TransformChainOptions = {}): Promise<TransformChain> {
  const chain = await createTransformChain(paths, { cwd: folder, logger, ...options });
  chains.push(chain);
  return chain;
}

/** CommonJS: an array of a built-in and a check that frames are the running package's. */
const classic = `
  const { VideoFrame, grayscale } = require('framegear');
  const sharp = require('sharp');
  if (typeof sharp !== 'function') throw new Error('sharp was not found');
  module.exports = [
    grayscale(),
    (frame) => {
      if (!(frame instanceof VideoFrame)) throw new Error('another VideoFrame');
      return frame;
    },
  ];`;

/** First byte of what comes out for a plain gray frame of 50. */
async function level(chain: TransformChain, frameNumber = 0): Promise<number | undefined> {
  const frame = frameOf({ format: 'GRAY8', pixels: Buffer.alloc(128, 50) });
  using result = await chain.apply(frame, contextOf(frameNumber));
  return result?.toBuffer({ format: 'GRAY8' })[0];
}

const gray = (value: number | string): string => `
  import { VideoFrame } from 'framegear';
  export default function (frame: VideoFrame): VideoFrame {
    const pixels = Buffer.alloc(128, ${value});
    return VideoFrame.fromBuffer(pixels, { format: 'GRAY8', codedWidth: 16, codedHeight: 8, timestamp: 0 });
  }`;

const reloads = (): string[] => logger.lines.filter((line) => line.includes('reloaded'));

describe('transform modules', () => {
  it('run in TypeScript, with a helper, outside the package', async () => {
    const chain = await open(['./gradient.ts']);
    const sent: unknown[] = [];
    await chain.start(info);
    using result = await chain.apply(frameOf({ timestamp: 77 }), contextOf(3, sent));
    expect(result).toBeInstanceOf(VideoFrame);
    expect([result?.toBuffer()[0], result?.timestamp]).toEqual([103, 77]);
    expect(sent).toEqual([{ stream: 'test', level: 103 }]);
    expect([chain.names, chain.stats.errors]).toEqual([['./gradient.ts'], 0]);
  });

  it('run as .mjs and .cjs, as objects and arrays, by path and by URL', async () => {
    write('classic.cjs', classic);
    const url = pathToFileURL(join(folder, 'classic.cjs')).href;
    const chain = await open(['negate.mjs', url]);
    expect(await level(chain)).toBe(205);
    expect(chain.names).toEqual(['./negate.mjs', './classic.cjs[0]', './classic.cjs[1]']);
    expect(chain.stats.errors).toBe(0);
  });

  it.each([
    ['sound.mjs', 'export default { transformAudio: () => null };'],
    ['sound.ts', 'export default class { transformAudio(): null { return null; } }'],
    ['sound.cjs', 'exports.transformAudio = () => null;'],
    ['sounds.mjs', 'export default [{ transformAudio: () => null }];'],
  ])('may be of sound alone: %s', async (name, text) => {
    write(name, text);
    const chain = await open([name]);
    await chain.start(info);
    expect([chain.touchesPixels, chain.takesAudio]).toEqual([false, true]);
    const audio = AudioData.from(new Int16Array(480), { sampleRate: 48_000 });
    expect(await chain.applyAudio(audio, contextOf())).toBeNull();
    expect(await level(chain)).toBe(50);
  });

  it.each([
    ['none.ts', 'transform-not-found', /^transform not found: \.\/none\.ts$/],
    ['syntax.ts', 'transform-load-failed', /syntax\.ts:2:20: SyntaxError/],
    ['throws.mjs', 'transform-load-failed', /throws\.mjs:1: Error: no GPU/],
    ['import.mjs', 'transform-load-failed', /import\.mjs:1: cannot find '\.\/gone\.js'/],
    ['number.ts', 'transform-load-failed', /number\.ts: default export: .*got number 5/],
    ['empty.ts', 'transform-load-failed', /empty\.ts: no default export: .*exports nothing$/],
    ['empty.cjs', 'transform-load-failed', /empty\.cjs: no default export: .*exports nothing$/],
    ['nothing.ts', 'transform-load-failed', /nothing\.ts: no default export: .*it exports x$/],
    ['constructor.ts', 'transform-load-failed', /no model/],
  ])('%s is refused at the start', async (name, code, message) => {
    write('syntax.ts', 'const a = 1;\nexport default a + ;\n');
    write('throws.mjs', 'throw new Error("no GPU");');
    write('import.mjs', 'import "./gone.js"; export default (f) => f;');
    write('number.ts', 'export default 5;');
    write('empty.ts', '');
    write('empty.cjs', '');
    write('nothing.ts', 'export const x = 1;');
    write(
      'constructor.ts',
      'export default class { constructor() { throw new Error("no model"); } transform() {} }',
    );
    await expect(open([name])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      cause: expect.any(Error) as Error,
    });
    await expect(open([name])).rejects.toThrow(/^[^\n]*$/);
  });
});

describe('reload', () => {
  it('follows a save, a rename and a save of an import', async () => {
    write('value.ts', 'export const value = 10;');
    write('main.ts', `import { value } from './value.js';${gray('value')}`);
    const chain = await open(['main.ts']);
    await chain.start(info);
    expect(await level(chain)).toBe(10);
    write('value.ts', 'export const value = 11;');
    await expect.poll(() => level(chain), { timeout: 10_000 }).toBe(11);
    replace('value.ts', 'export const value = 12;');
    await expect.poll(() => level(chain), { timeout: 10_000 }).toBe(12);
    replace('main.ts', gray(13));
    await expect.poll(() => level(chain), { timeout: 10_000 }).toBe(13);
    write('main.ts', gray(14));
    await expect.poll(() => level(chain), { timeout: 10_000 }).toBe(14);
    expect(reloads().at(-1)).toMatch(/^info: reloaded \.\/main\.ts in \d+ ms$/);
  });

  it('keeps the one before when the new one is broken, and says why', async () => {
    write('main.ts', gray(10));
    const chain = await open(['main.ts']);
    await chain.start(info);
    write('main.ts', 'export default function (f) {\n  return f +;\n}');
    await expect.poll(() => logger.lines.length, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(logger.lines[0]).toMatch(
      /^error: \.\/main\.ts was not reloaded, the one before keeps running: .*main\.ts:2:13: SyntaxError/,
    );
    expect(logger.lines[1]).toMatch(/^debug: /);
    expect(await level(chain)).toBe(10);
    write('main.ts', gray(11));
    await expect.poll(() => level(chain), { timeout: 10_000 }).toBe(11);
  });

  it('keeps the one before when the new one cannot start, and stops that', async () => {
    write('main.ts', gray(10));
    const chain = await open(['main.ts']);
    await chain.start(info);
    write(
      'main.ts',
      `export default {
        start() { throw new Error('no camera here'); },
        transform: (frame) => null,
        stop() { globalThis.stoppedAfterFailure = true; },
      };`,
    );
    await expect.poll(() => logger.lines.join(), { timeout: 10_000 }).toMatch(/no camera here/);
    expect(await level(chain)).toBe(10);
    await expect
      .poll(() => (globalThis as { stoppedAfterFailure?: boolean }).stoppedAfterFailure)
      .toBe(true);
  });

  it('waits for a file that is missing', async () => {
    write('part.ts', 'export const value = 20;');
    write('main.ts', `import { value } from './part.js';${gray('value')}`);
    const chain = await open(['main.ts']);
    unlinkSync(join(folder, 'part.ts'));
    write('main.ts', `import { value } from './part.js'; // saved again${gray('value')}`);
    await expect.poll(() => logger.lines.join(), { timeout: 10_000 }).toMatch(/cannot find/);
    expect(await level(chain)).toBe(20);
    write('part.ts', 'export const value = 21;');
    await expect.poll(() => level(chain), { timeout: 10_000 }).toBe(21);
  });

  it('tells that the new one takes pictures, and the one after it none', async () => {
    const sound = 'transformAudio: (audio) => audio';
    write('main.mjs', `export default { ${sound} };`);
    const chain = await open(['main.mjs']);
    const told: boolean[] = [];
    chain.on('reload', () => void told.push(chain.touchesPixels));
    await chain.start(info);
    write('main.mjs', `export default { ${sound}, transform: (frame) => frame };`);
    await expect.poll(() => told, { timeout: 10_000 }).toEqual([true]);
    write('main.mjs', `export default { ${sound} };`);
    await expect.poll(() => told, { timeout: 10_000 }).toEqual([true, false]);
  });

  it('starts the new one before it stops the old one, each once', async () => {
    const calls = ((globalThis as { reloadCalls?: string[] }).reloadCalls = []);
    const text = (name: string): string => `
      export default class {
        start(info) { globalThis.reloadCalls.push('${name} start ' + info.codedWidth); }
        transform(frame) { return frame; }
        stop() { globalThis.reloadCalls.push('${name} stop'); }
      }`;
    write('main.ts', text('old'));
    const chain = await open(['main.ts']);
    await chain.start(info);
    write('main.ts', text('new'));
    await expect.poll(() => calls.length, { timeout: 10_000 }).toBe(3);
    expect(calls).toEqual(['old start 16', 'new start 16', 'old stop']);
    await chain.close();
    expect(calls).toEqual(['old start 16', 'new start 16', 'old stop', 'new stop']);
  });

  it('replaces a transform that hangs', async () => {
    write('main.ts', 'export default () => new Promise(() => {});');
    const chain = await open(['main.ts'], { graceMs: 50 });
    const stuck = chain.apply(frameOf(), contextOf());
    write('main.ts', gray(30));
    using released = await stuck;
    expect(released?.codedWidth).toBe(16);
    await expect.poll(() => level(chain), { timeout: 10_000 }).toBe(30);
  });

  it('replaces a new one that hangs in its start', async () => {
    write('main.ts', gray(40));
    const chain = await open(['main.ts'], { graceMs: 50 });
    await chain.start(info);
    write(
      'main.ts',
      `export default {
        start() { globalThis.hangs = true; return new Promise(() => {}); },
        transform: (frame) => frame,
      };`,
    );
    await expect
      .poll(() => (globalThis as { hangs?: boolean }).hangs, { timeout: 10_000 })
      .toBe(true);
    write('main.ts', gray(41));
    await expect.poll(() => level(chain), { timeout: 10_000 }).toBe(41);
  });

  it('loses no frame and no error count while it reloads', async () => {
    write('main.ts', gray(10));
    const chain = await open(['main.ts']);
    await chain.start(info);
    write('main.ts', gray(60));
    let seen: number | undefined;
    let frames = 0;
    while (seen !== 60 && frames < 100_000) {
      seen = await level(chain);
      frames += 1;
      expect([10, 60]).toContain(seen);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen).toBe(60);
    expect(chain.stats).toMatchObject({ frames, dropped: 0, errors: 0 });
  });

  it('does not happen for a file that was only touched, without watch, or after close', async () => {
    write('main.ts', gray(10));
    write('other.ts', gray(10));
    const watching = await open(['other.ts']);
    const deaf = await open(['main.ts'], { watch: false });
    const closed = await open(['main.ts']);
    await closed.close();
    write('unrelated.ts', 'x');
    write('main.ts', gray(11));
    write('other.ts', gray(11));
    await expect.poll(() => level(watching), { timeout: 10_000 }).toBe(11);
    expect(await level(deaf)).toBe(10);
    expect(reloads()).toHaveLength(1);
  });
});
