import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreignRequests, readPixel } from '../support/browser.js';
import type { TestBrowser } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import {
  copyFixture,
  expectPlaying,
  openPage,
  startFramegear,
  temporaryFolder,
} from '../support/e2e-server.js';
import { launchFirefox } from '../support/firefox.js';

/** True for what magenta becomes on its way through a video codec. */
function isMagenta([red, green, blue]: [number, number, number]): boolean {
  return red > 200 && green < 60 && blue > 200;
}

describe.each([
  { name: 'Chromium', launch: launchChromium },
  { name: 'Firefox', launch: launchFirefox },
])('the page in $name', ({ launch }) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('plays the test picture, and asks no other host for anything', async () => {
    const server = await startFramegear(await temporaryFolder());
    const page = await openPage(browser, server.url);
    const state = await expectPlaying(page);
    expect(state).toMatchObject({ width: 1280, height: 720, codec: 'video/VP8' });
    expect(page.problems).toEqual([]);
    expect(foreignRequests(page, server.url)).toEqual([]);
  });

  it('shows pixels that a TypeScript transform changed, and its next version once saved', async () => {
    const folder = await temporaryFolder();
    await copyFixture('transforms/left-magenta.ts', path.join(folder, 'edit.ts'));
    const server = await startFramegear(folder, 'testsrc', '-t', './edit.ts');
    const page = await openPage(browser, server.url);
    const { codec } = await expectPlaying(page);
    expect(codec).toBe('video/VP8');
    expect(await readPixel(page, 0.25, 0.5)).toSatisfy(isMagenta);
    expect(await readPixel(page, 0.75, 0.5)).not.toSatisfy(isMagenta);

    await writeFile(path.join(folder, 'edit.ts'), 'export default (frame) => frame;\n');
    await expect
      .poll(() => readPixel(page, 0.25, 0.5), { timeout: 20_000, interval: 200 })
      .not.toSatisfy(isMagenta);
    expect(page.requests.filter(({ url }) => url.endsWith('/offer'))).toHaveLength(1);
    expect(page.problems).toEqual([]);
  });

  it('plays again after a reload', async () => {
    const server = await startFramegear(await temporaryFolder());
    const page = await openPage(browser, server.url);
    await expectPlaying(page);
    await page.reload();
    await expectPlaying(page);
    expect(page.problems).toEqual([]);
  });

  it('plays for two viewers at once, and goes on for one when the other leaves', async () => {
    const server = await startFramegear(await temporaryFolder());
    const first = await openPage(browser, server.url);
    const second = await openPage(browser, server.url);
    await Promise.all([expectPlaying(first), expectPlaying(second)]);
    await first.close();
    await expectPlaying(second, { frames: 60 });
    expect(second.problems).toEqual([]);
  });
});

describe('codecs', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it.each(['h264', 'vp8', 'vp9'])('plays %s', async (codec) => {
    const server = await startFramegear(await temporaryFolder(), '--codecs', codec);
    const page = await openPage(browser, server.url);
    const state = await expectPlaying(page);
    expect(state.codec.toLowerCase()).toBe(`video/${codec}`);
  });
});
