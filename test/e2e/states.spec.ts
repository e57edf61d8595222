import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeClip } from '../fixtures/make.js';
import { attributeOf, textOf } from '../support/browser.js';
import type { TestBrowser, TestPage } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { expectPlaying, openPage, startFramegear, temporaryFolder } from '../support/e2e-server.js';
import { launchFirefox } from '../support/firefox.js';

const poll = { timeout: 30_000, interval: 100 };

function state(page: TestPage): Promise<string> {
  return attributeOf(page, '#player', 'data-state');
}

describe.each([
  { name: 'Chromium', launch: launchChromium },
  { name: 'Firefox', launch: launchFirefox },
])('what the page says in $name', ({ launch }) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('is live with its statistics while it plays, reconnecting with a reason when the server is gone', async () => {
    const server = await startFramegear(await temporaryFolder(), '--name', 'porch');
    const page = await openPage(browser, server.url);
    await expectPlaying(page);
    await expect.poll(() => state(page), poll).toBe('live');
    expect(await textOf(page, '.bar h1')).toBe('porch');
    await expect.poll(() => textOf(page, '#statistics-resolution'), poll).toMatch(/1280.+720/);
    await expect.poll(() => textOf(page, '#statistics-framerate'), poll).toMatch(/\d/);
    await expect.poll(() => textOf(page, '#statistics-bitrate'), poll).toMatch(/\d/);

    await server.stop();
    await expect.poll(() => state(page), poll).toBe('reconnecting');
    expect(await textOf(page, '#state-reason')).not.toBe('');
  });

  it('is ended, with the reason, when a file is over', async () => {
    const clip = await makeClip({ seconds: 2 });
    const server = await startFramegear(await temporaryFolder(), clip);
    const page = await openPage(browser, server.url);
    await expect.poll(() => state(page), poll).toBe('ended');
    expect(await textOf(page, '#state-reason')).not.toBe('');
    expect(page.problems).toEqual([]);
  });

  it('is not live, with the reason, for a viewer too many', async () => {
    const server = await startFramegear(await temporaryFolder(), '--max-viewers', '1');
    const first = await openPage(browser, server.url);
    await expectPlaying(first);
    const second = await openPage(browser, server.url);
    const code = (): Promise<string> => attributeOf(second, '#player', 'data-code');
    await expect.poll(code, poll).toBe('too-many-viewers');
    expect(await textOf(second, '#state-reason')).not.toBe('');
    expect(await state(second)).not.toBe('live');
    await expectPlaying(first);

    await first.close();
    // It tries again by itself, and there is room now.
    await expectPlaying(second, { timeoutMs: 60_000 });
  });

  it('is failed or reconnecting, with the reason, when the source cannot be opened any more', async () => {
    const clip = await makeClip({ seconds: 1 });
    const server = await startFramegear(await temporaryFolder(), clip);
    await rm(clip);
    const page = await openPage(browser, server.url);
    await expect.poll(() => textOf(page, '#state-reason'), poll).not.toBe('');
    // A reason may show before the next try has failed too.
    await expect.poll(() => state(page), poll).toMatch(/^(failed|reconnecting)$/);
  });
});
