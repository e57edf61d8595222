import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtCommand, runCommand, startCommand } from '../support/cli.js';

let cwd: string;
let data: string[];

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'framegear-cli-'));
  data = ['--data-dir', cwd];
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe('framegear', () => {
  it('tells what it serves, and serves it', async () => {
    await using framegear = await startCommand(['door=testsrc', '--codecs', 'vp8', ...data], cwd);
    await expect.poll(() => framegear.output).toContain('press Ctrl-C to stop');
    expect(framegear.output).toMatch(/^ {2}FrameGear \d+\.\d+\.\d+\S* {2}ready in \d+ ms$/m);
    expect(framegear.output).toMatch(/^ {2}Source +testsrc\b/m);
    expect(framegear.output).toMatch(/^ {2}Codecs +vp8$/m);
    expect(framegear.output).toContain(join(cwd, 'webgear_rtc'));
    expect(framegear.output).toMatch(/^ {2}Local +http:\/\/localhost:\d+\/$/m);
    expect(framegear.output).toMatch(/^ {2}Network +use --host to expose$/m);
    expect(framegear.output).not.toContain('\u001b[');
    const page = await fetch(framegear.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('door');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 within 3 s at %s', async (signal) => {
    const framegear = await startCommand(data, cwd);
    expect(await framegear.stop(signal)).toBe(0);
    // After 2.7 s it would have given up, and said so.
    expect(framegear.output).not.toContain('closing takes too long');
    await expect(fetch(framegear.url)).rejects.toThrow();
  });

  it('ends at once with 130 at the second signal', async () => {
    // The second one comes while the first is still being handled.
    writeFileSync(
      join(cwd, 'framegear.config.mjs'),
      `process.on('SIGTERM', () => process.emit('SIGINT', 'SIGINT')); export default {};`,
    );
    const framegear = await startCommand(data, cwd);
    expect(await framegear.stop('SIGTERM')).toBe(130);
  });

  it('takes the next port when one is taken, and none when told so', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    try {
      const args = ['--port', String(port), ...data];
      await using framegear = await startCommand(args, cwd);
      expect(Number(framegear.port)).toBeGreaterThan(port);
      expect(framegear.output).toContain(`port ${port} is taken`);
      const strict = await runCommand([...args, '--strict-port'], { cwd });
      expect(strict.code).toBe(1);
      expect(strict.stderr).toBe(
        `error: port ${port} is taken: choose another with --port, or leave out --strict-port\n`,
      );
    } finally {
      blocker.close();
    }
  });

  it('reads the config file, and lets flags win', async () => {
    writeFileSync(
      join(cwd, 'framegear.config.ts'),
      `import { defineConfig } from 'framegear';
       export default defineConfig({ name: 'garden', codecs: ['h264'], customDataLocation: '.' });`,
    );
    await using framegear = await startCommand(['--codecs', 'vp9'], cwd);
    await expect.poll(() => framegear.output).toMatch(/^ {2}Codecs +vp9$/m);
    expect(await (await fetch(framegear.url)).text()).toContain('garden');
  });

  it('runs what init writes, as it is', async () => {
    expect((await runCommand(['init'], { cwd })).code).toBe(0);
    expect(existsSync(join(cwd, 'transform.ts'))).toBe(true);
    await using framegear = await startCommand(data, cwd);
    await expect.poll(() => framegear.output).toMatch(/^ {2}Transforms +\.\/transform\.ts$/m);
    expect(framegear.output).toMatch(/^ {2}Source +testsrc\b/m);
  });

  it('lives on when nobody reads its output any more', async () => {
    const args = [builtCommand(), '--port', '0', '--logging', ...data];
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    await expect.poll(() => output, { timeout: 20_000 }).toContain('http://localhost:');
    child.stdout.destroy();
    child.stderr.destroy();
    const url = /http:\/\/localhost:\d+\//.exec(output)?.[0] ?? '';
    for (let i = 0; i < 3; i++) expect((await fetch(url)).status).toBe(200);
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });

  it('goes on when a transform leaves errors nobody catches', async () => {
    writeFileSync(
      join(cwd, 'stray.mjs'),
      `import { existsSync } from 'node:fs';
       const timer = setInterval(() => {
         if (!existsSync('go')) return;
         clearInterval(timer);
         void Promise.reject(new Error('stray rejection'));
         setTimeout(() => { throw new Error('late throw'); }, 1);
         setTimeout(() => { throw 'no error'; }, 2);
       }, 10);
       export default (frame) => frame;`,
    );
    await using framegear = await startCommand(['-t', './stray.mjs', ...data], cwd);
    await expect.poll(() => framegear.output).toContain('press Ctrl-C to stop');
    writeFileSync(join(cwd, 'go'), '');
    // The first at once with its stack, the others after a second, as one line.
    const goesOn = 'nobody caught an error, the server goes on:';
    await expect.poll(() => framegear.output, { timeout: 10_000 }).toContain('(and 1 more)');
    expect(framegear.output).toContain(`${goesOn} stray rejection\n`);
    expect(framegear.output).toMatch(/Error: stray rejection\n +at .*stray\.mjs:5/);
    expect(framegear.output).toContain(`${goesOn} threw 'no error' (and 1 more)`);
    expect((await fetch(framegear.url)).status).toBe(200);
    expect(await framegear.stop()).toBe(0);
  });

  it('tells of an error nobody caught in one line, and ends with 1', async () => {
    writeFileSync(
      join(cwd, 'framegear.config.mjs'),
      `setTimeout(() => { throw new Error('nobody caught me') }, 50);
       export default {};`,
    );
    const { code, stderr } = await runCommand(['--port', '0', ...data], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('error: nobody caught me\nRun it again with --logging for details.\n');
  });
});

describe('framegear devices', () => {
  it('ends with 0, with or without devices', async () => {
    const { code, stdout, stderr } = await runCommand(['devices'], { cwd });
    expect(code).toBe(0);
    const lines = stdout.split('\n').filter((line) => line !== '');
    expect(stderr.includes('No cameras or screens found')).toBe(lines.length === 0);
    for (const line of lines) expect(line.split('\t')).toHaveLength(4);
  });
});
