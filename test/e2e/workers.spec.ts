import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { TestBrowser } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { expectPlaying, openPage, temporaryFolder } from '../support/e2e-server.js';
import { FramegearProcess } from '../support/framegear-process.js';

const endWorkers = fileURLToPath(new URL('../fixtures/end-workers.mjs', import.meta.url));

describe('a page that a worker thread serves', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it('plays, and plays again at once when the worker has died', async () => {
    const folder = await temporaryFolder();
    const args = ['testsrc=size=320x180', '--workers', '2', '--port', '0', '--data-dir', folder];
    const server = await FramegearProcess.start(args, {
      bin: inject('framegear').bin,
      cwd: folder,
      env: { NODE_OPTIONS: `--import ${endWorkers}` },
    });
    onTestFinished(() => void server.stop());
    const page = await openPage(browser, server.url);
    await expectPlaying(page);

    const offers = (): number =>
      page.requests.filter(({ url, method }) => method === 'POST' && url.endsWith('/offer')).length;
    process.kill(server.pid, 'SIGUSR2');
    // The page has been told: without a word it would give the server 3 s from when the browser noticed.
    await expect.poll(offers, { timeout: 20_000, interval: 50 }).toBeGreaterThan(1);
    await expectPlaying(page);
    expect(server.output).toContain('left: worker-lost');
    expect(server.output).toContain('another one takes its place');
  });
});
