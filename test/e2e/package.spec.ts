import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';

const run = promisify(execFile);
const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

describe('the installed package', () => {
  const { directory, packageDirectory, installLog } = inject('framegear');

  it('was installed without running a script of any dependency', () => {
    // With --foreground-scripts npm announces each script as "> name@version event".
    expect(installLog).not.toMatch(/^> /m);
    expect(installLog).toMatch(/added \d+ packages/);
    expect(installLog).not.toContain('install-scripts');
  });

  it('is run by npx under its own name', async () => {
    const { stdout } = await run('npx', ['--no-install', 'framegear', '--version'], {
      cwd: directory,
    });
    const manifest = await readFile(path.join(packageDirectory, 'package.json'), 'utf8');
    expect(stdout.trim()).toContain((JSON.parse(manifest) as { version: string }).version);
  });

  it('carries the model that hears speech, and what runs it', async () => {
    const program = `
      import { SileroVad } from 'framegear';
      const vad = await SileroVad.load();
      console.log(await vad.createSession().process(new Float32Array(512)));`;
    const args = ['--input-type=module', '--eval', program];
    const { stdout, stderr } = await run(process.execPath, args, { cwd: directory });
    expect(Number(stdout)).toBeLessThan(0.1);
    expect(stdout).not.toBe('');
    expect(stderr).toBe('');
  });

  it('has types that a strict program compiles against', async () => {
    await writeFile(path.join(directory, 'consumer.mts'), consumer);
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
    const compiled = await run(
      process.execPath,
      [tsc, ...options, '--types', 'node', '--typeRoots', typeRoots(), 'consumer.mts'],
      { cwd: directory },
    ).catch((error: { stdout: string }) => error);
    // What other packages' own declarations lack is not ours to report.
    const ours = /^(consumer|node_modules\/framegear\/)/;
    expect(compiled.stdout.split('\n').filter((line) => ours.test(line))).toEqual([]);
  });
});

const consumer = `
import { createServer, defineConfig, VideoFrame } from 'framegear';
export const config = defineConfig({ source: 'testsrc', bitrate: 1_000_000 });
export function darker(frame: VideoFrame): VideoFrame {
  const pixels = frame.toBuffer({ format: 'GRAY8' });
  const { codedWidth, codedHeight, timestamp } = frame;
  frame.close();
  return VideoFrame.fromBuffer(pixels, { format: 'GRAY8', codedWidth, codedHeight, timestamp });
}
const server = await createServer({ ...config, transforms: [darker] });
server.app.get('/hello', (request, response) => response.send(request.path));
export const url: string = (await server.listen({ port: 0 })).url;
// @ts-expect-error no such option
export const wrong = defineConfig({ sauce: 'testsrc' });
`;

/** Node's types are the user's to install; ours will do here. */
function typeRoots(): string {
  return fileURLToPath(new URL('../../node_modules/@types', import.meta.url));
}
