import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { foreignRequests, textOf } from '../support/browser.js';
import type { TestBrowser } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import {
  copyFixture,
  expectPlaying,
  openPage,
  startFramegear,
  temporaryFolder,
} from '../support/e2e-server.js';
import { FramegearProcess } from '../support/framegear-process.js';

describe('pages and their files', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** A data directory with the default files in it; what a first start leaves behind. */
  async function generatedFolder(): Promise<{ folder: string; index: string }> {
    const folder = await temporaryFolder();
    await (await startFramegear(folder)).stop();
    return { folder, index: path.join(folder, 'webgear_rtc', 'templates', 'index.html') };
  }

  it('shows the 404 page for what is not there', async () => {
    const server = await startFramegear(await temporaryFolder());
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    expect(await page.goto(`${server.url}no/such/page`)).toBe(404);
    expect(await textOf(page, 'body')).toMatch(/404|not found/i);
    expect(page.requests.map(({ url }) => url)).toContainEqual(expect.stringContaining('/static/'));
    // The document itself is what Chromium reports; what the page loads must be there.
    expect(page.problems.filter((problem) => !problem.includes('404'))).toEqual([]);
    expect(page.problems).toHaveLength(1);
    expect(foreignRequests(page, server.url)).toEqual([]);
  });

  it('shows the 500 page for a template with an error in it, and the traceback with --logging', async () => {
    const { folder, index } = await generatedFolder();
    await writeFile(index, '<h1>{% if %}</h1>\n');
    const quiet = await startFramegear(folder);
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    expect(await page.goto(quiet.url)).toBe(500);
    expect(await textOf(page, 'body')).toMatch(/500|error/i);
    expect(await textOf(page, 'body')).not.toContain('index.html');

    const talkative = await startFramegear(folder, '--logging');
    expect(await page.goto(talkative.url)).toBe(500);
    expect(await textOf(page, 'body')).toContain('index.html');
  });

  it('keeps an edited template through restarts', async () => {
    const { folder, index } = await generatedFolder();
    await appendFile(index, '<!-- edited by hand -->\n');
    const edited = await readFile(index, 'utf8');
    const server = await startFramegear(folder);
    expect(await readFile(index, 'utf8')).toBe(edited);
    const page = await openPage(browser, server.url);
    await expectPlaying(page);
  });

  it("plays in templates and scripts of the original's dialect", async () => {
    const folder = await temporaryFolder();
    await copyFixture('jinja-pages', path.join(folder, 'webgear_rtc'));
    const server = await startFramegear(folder);
    const page = await openPage(browser, server.url);
    await expectPlaying(page);
    expect(await textOf(page, '#greeting')).toBe('Nobody home');
    expect(await textOf(page, 'ul')).toBe('1: ONE2: TWO');
    expect(await page.goto(`${server.url}nothing`)).toBe(404);
    expect(await textOf(page, 'h1')).toBe('Our own 404');
  });

  it('plays under a prefix of another application', async () => {
    const folder = await temporaryFolder();
    const { directory } = inject('framegear');
    const script = path.join(directory, 'mounted-app.mjs');
    await copyFixture('mounted-app.mjs', script);
    const host = await FramegearProcess.start([folder], { bin: script, cwd: directory });
    onTestFinished(() => void host.stop());
    expect(await (await fetch(host.url)).text()).toContain('Shop');
    const page = await openPage(browser, `${host.url}cameras/front`);
    await expectPlaying(page);
    expect(page.problems).toEqual([]);
    expect(await host.stop()).toBe(0);
  });
});
