import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { foreignRequests, videoState } from '../support/browser.js';
import type { TestBrowser } from '../support/browser.js';
import { fakeDevices, launchChromium } from '../support/chromium.js';
import { FramegearProcess } from '../support/framegear-process.js';
import { expectState, idOf, startStreamPage } from '../support/stream-page.js';

const run = promisify(execFile);
const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

const server = `
import { Stream } from 'framegear';
const stream = new Stream({ handler: (frame) => frame });
console.log((await stream.listen({ port: 0 })).url);
`;

const program = `
import { StreamClient, StreamFault } from 'framegear/client';
import type { ClientState, OutputEvent } from 'framegear/client';
const client: StreamClient = new StreamClient({ url: '/talk', transport: 'auto' });
client.on('statechange', ({ state, reason }: ClientState) => console.log(state, reason));
const off: () => void = client.on('output', (output: OutputEvent) => console.log(output.data));
// @ts-expect-error there is no such event
client.on('nonsense', off);
// @ts-expect-error there is no such transport
new StreamClient({ transport: 'pigeon' });
client.connect().catch((error: unknown) => {
  if (error instanceof StreamFault) console.log(error.code, error.limit?.toFixed());
});
const level: number | undefined = client.microphoneMeter?.level;
console.log(level);
`;

describe('the installed package', () => {
  let browser: TestBrowser;
  let folder: string;
  beforeAll(async () => {
    browser = await launchChromium(fakeDevices);
    folder = path.join(inject('framegear').directory, 'stream');
    await mkdir(folder, { recursive: true });
  });
  afterAll(() => browser.close());

  it('brings the page of a stream, which finds its way back after the server was away', async () => {
    const bin = path.join(folder, 'serve.mjs');
    await writeFile(bin, server);
    const served = await FramegearProcess.start([], { bin, cwd: folder });
    onTestFinished(() => {
      process.kill(served.pid, 'SIGCONT');
      void served.stop();
    });
    const page = await startStreamPage(browser, served.url);
    const playsOn = async (): Promise<void> => {
      const { framesDecoded } = await videoState(page);
      await expect
        .poll(async () => (await videoState(page)).framesDecoded, { timeout: 30_000 })
        .toBeGreaterThan(framesDecoded + 15);
    };
    await playsOn();
    const id = await idOf(page);
    process.kill(served.pid, 'SIGSTOP');
    await expectState(page, { state: 'reconnecting', code: 'connection-lost' });
    process.kill(served.pid, 'SIGCONT');
    await expectState(page, { state: 'open' }, 60_000);
    await playsOn();
    expect(await idOf(page)).toBe(id);
    expect(foreignRequests(page, served.url)).toEqual([]);
  });

  it('types its client', async () => {
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(path.join(folder, 'program.ts'), program);
    for (const [module, moduleResolution] of [
      ['esnext', 'bundler'],
      ['nodenext', 'nodenext'],
    ]) {
      const lib = ['ES2022', 'DOM'];
      const compilerOptions = {
        strict: true,
        noEmit: true,
        types: [],
        lib,
        module,
        moduleResolution,
      };
      await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch(
        (error: unknown) => error as { stdout: string },
      );
      expect(stdout).toBe('');
    }
  });
});
