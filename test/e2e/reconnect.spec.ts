import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestBrowser } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { expectPlaying, openPage, startFramegear, temporaryFolder } from '../support/e2e-server.js';
import { launchFirefox } from '../support/firefox.js';

describe.each([
  { name: 'Chromium', launch: launchChromium },
  { name: 'Firefox', launch: launchFirefox },
])('a page in $name whose server goes away', ({ launch }) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'plays again by itself after %s and a restart',
    async (signal) => {
      const folder = await temporaryFolder();
      const server = await startFramegear(folder);
      const page = await openPage(browser, server.url);
      await expectPlaying(page);

      expect(await server.stop(signal)).toBe(signal === 'SIGINT' ? 0 : null);
      await startFramegear(folder, '--port', server.port, '--strict-port');
      const offers = (): number =>
        page.requests.filter(({ url, method }) => method === 'POST' && url.endsWith('/offer'))
          .length;
      await expect.poll(offers, { timeout: 60_000 }).toBeGreaterThan(1);
      await expectPlaying(page);
    },
  );
});
