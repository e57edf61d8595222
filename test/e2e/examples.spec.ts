import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fileURLToPath } from 'node:url';
import { attributeOf, foreignRequests, readPixel, textOf } from '../support/browser.js';
import type { TestBrowser, TestPage } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { expectPlaying, startFramegear, temporaryFolder } from '../support/e2e-server.js';
import { FramegearProcess } from '../support/framegear-process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('examples', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** Runs one as its first comment says, on a free port, and opens `path` of it. */
  async function open(example: string, path = ''): Promise<{ page: TestPage; url: string }> {
    const started = await FramegearProcess.start([`examples/${example}`], {
      bin: 'node_modules/tsx/dist/cli.mjs',
      cwd: root,
      // The page's files go to the home directory.
      env: { PORT: '0', HOME: await temporaryFolder() },
    });
    onTestFinished(() => started.stop().then(() => undefined));
    return { page: await visit(started.url + path), url: started.url };
  }

  async function visit(url: string): Promise<TestPage> {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    expect(await page.goto(url)).toBe(200);
    return page;
  }

  it('grayscale: the command plays a picture without colours', async () => {
    const server = await startFramegear(
      await temporaryFolder(),
      '-t',
      `${root}examples/grayscale.ts`,
    );
    const page = await visit(server.url);
    await expectPlaying(page);
    for (const at of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const [red, green, blue] = await readPixel(page, at, 0.2);
      expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(12);
    }
  });

  it('watermark: the command plays', async () => {
    const server = await startFramegear(
      await temporaryFolder(),
      '-t',
      `${root}examples/watermark.ts`,
    );
    await expectPlaying(await visit(server.url));
  });

  it('crowd: threads serve several viewers', async () => {
    const { page, url } = await open('crowd.ts');
    const other = await visit(url);
    await expectPlaying(page);
    await expectPlaying(other);
  });

  it('custom source: plays its own pictures', async () => {
    const { page } = await open('custom-source.ts');
    await expectPlaying(page);
    expect(await textOf(page, 'body')).toContain('waves');
  });

  it('two sources: both play, side by side', async () => {
    const { page, url } = await open('two-sources.ts');
    expect(await attributeOf(page, 'iframe', 'src')).toBe('left/');
    await expectPlaying(await visit(`${url}left/`));
    await expectPlaying(await visit(`${url}right/`));
  });

  it('custom page: plays in templates of its own', async () => {
    const { page, url } = await open('custom-page/main.ts');
    await expectPlaying(page);
    expect(await textOf(page, 'h1')).toBe('My front door');
    expect(foreignRequests(page, url)).toEqual([]);
    expect(page.problems).toEqual([]);
  });

  it('express application: plays under its prefix, beside a route of its own, with CORS', async () => {
    const { page, url } = await open('express-app.ts');
    await expectPlaying(page);
    const answer = await fetch(`${url}camera/viewers`);
    expect(await answer.json()).toEqual({ viewers: 1 });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await fetch(`${url}camera/offer`, { method: 'OPTIONS' });
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  });

  it('detections: boxes reach the page and are drawn over the video', async () => {
    const { page } = await open('detections/main.ts', 'with-boxes');
    await expectPlaying(page);
    await expect.poll(() => attributeOf(page, 'canvas[data-boxes]', 'data-boxes')).toBe('1');
  });
});
