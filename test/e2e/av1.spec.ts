import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeClip } from '../fixtures/make.js';
import { videoState } from '../support/browser.js';
import type { TestBrowser } from '../support/browser.js';
import { launchChromium } from '../support/chromium.js';
import { expectPlaying, openPage, startFramegear, temporaryFolder } from '../support/e2e-server.js';
import { chooseQuality } from '../support/player-page.js';

const poll = { timeout: 30_000, interval: 100 };
// A busy machine looks like a narrow link: the viewer begins lower, or moves down, and comes up again.
const patient = { timeout: 70_000, interval: 100 };

describe('AV1 in Chromium', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it('has smaller pictures for who wants them, and the source’s own for all others', async () => {
    const file = await makeClip({
      codec: 'av1',
      container: 'mkv',
      size: [640, 360],
      seconds: 3,
      gop: 90,
    });
    const server = await startFramegear(await temporaryFolder(), file, '--loop');
    const page = await openPage(browser, server.url);
    expect(await expectPlaying(page)).toMatchObject({ codec: 'video/AV1', width: 640 });
    expect(server.output).toContain('goes out untouched');
    const width = async (): Promise<number> => (await videoState(page)).width;
    await chooseQuality(page, 'low');
    await expect.poll(width, poll).toBe(160);
    expect(await expectPlaying(page)).toMatchObject({ codec: 'video/AV1' });
    await chooseQuality(page, 'high');
    await expect.poll(width, poll).toBe(640);
    await expectPlaying(page);
    expect(page.problems).toEqual([]);
  });

  it('is made of any source when it is asked for', async () => {
    const server = await startFramegear(await temporaryFolder(), '--codecs', 'av1,vp8');
    const page = await openPage(browser, server.url);
    await expectPlaying(page);
    const seen = { codec: 'video/AV1', width: 1280 };
    await expect.poll(() => videoState(page), patient).toMatchObject(seen);
    expect(server.output).not.toContain('Svt');
    expect(page.problems).toEqual([]);
  }, 150_000);
});
